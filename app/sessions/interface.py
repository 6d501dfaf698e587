"""Flask's sessions, kept in Redis or Valkey; `Session(app)` is the way in."""

from typing import Any

import flask_session
from flask import Flask, Request, Response
from flask.sessions import SessionInterface as FlasksInterface
from flask.typing import ResponseReturnValue
from flask_session.base import ServerSideSession

from app.sessions import settings
from app.sessions.content import SessionTooLarge
from app.sessions.keeping import keep
from app.sessions.layout import PREFIX
from app.sessions.legacy import LegacySession
from app.sessions.outage import SessionsAway
from app.sessions.session import LazySession
from app.sessions.store import Durable, SessionStore
from app.sessions.tokens import Keyring

RETRY_AFTER_SECONDS = 2
# What said what the answer was, before it became another.
_OF_THE_ANSWER = (
    *("Location", "Set-Cookie", "ETag", "Last-Modified", "Expires", "Content-Encoding"),
    *("Content-Disposition", "Content-Range", "Accept-Ranges", "Refresh"),
)

ServerSideSession.register(LazySession)  # `isinstance` stays true for who asks


class Session(flask_session.Session):  # type: ignore[misc] # flask-session carries no types
    """Gives an application sessions that are neither lost nor stolen.

    `recover` is asked for a sign-in that the store has lost. The settings are flask-session's, and
    `SESSION_IDLE`, `SESSION_ABSOLUTE`, `SESSION_TOUCH_EVERY`, `SESSION_PER_USER`,
    `SESSION_REPLICAS`, `SESSION_LEGACY_COOKIE`; raises `ValueError` or `TypeError` for one that
    cannot be honoured.
    """

    def __init__(self, app: Flask | None = None, *, recover: Durable | None = None) -> None:
        self._recover = recover
        super().__init__(app)

    def _get_interface(self, app: Flask) -> "SessionInterface":
        settings.refuse(app.config)
        secure = app.config["SESSION_COOKIE_SECURE"]
        if app.config["SESSION_COOKIE_NAME"] == "session" and secure:
            # A name that browsers accept from this host alone (RFC 6265bis).
            app.config["SESSION_COOKIE_NAME"] = "__Host-session"
        if app.config["SESSION_COOKIE_SAMESITE"] is None:
            app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
        prefix = app.config.get("SESSION_KEY_PREFIX", PREFIX)
        store = SessionStore(
            app.config["SESSION_REDIS"],
            Keyring(app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"] or ()),
            rules=settings.rules(app.config),
            prefix=prefix,
            replicas=app.config.get("SESSION_REPLICAS"),
        )
        app.extensions["sessions"] = store
        app.register_error_handler(SessionsAway, _away)
        app.register_error_handler(SessionTooLarge, _too_large)
        return SessionInterface(app, store, self._recover)


class SessionInterface(FlasksInterface):
    """Opens sessions without a word to the store, and keeps them when the answer is ready."""

    def __init__(self, app: Flask, store: SessionStore, recover: Durable | None) -> None:
        permanent = app.config.get("SESSION_PERMANENT", False)
        self._store = store
        self._recover = recover
        self._legacy_cookie = app.config.get("SESSION_LEGACY_COOKIE")
        self._max_age = store.rules.absolute if permanent else None

    def regenerate(self, session: LazySession) -> None:
        """Move the session to a new id, by flask-session's name for it."""
        session.rotate()

    def open_session(self, app: Flask, request: Request) -> LazySession:
        """The browser's session, still unread."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        sid = request.cookies.get(self._legacy_cookie) if self._legacy_cookie else None
        importing = LegacySession(self._store, sid) if sid else None
        return LazySession(self._store, cookie, recover=self._recover, importing=importing)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:  # noqa: ANN401 (Flask's types know its own sessions)
        """Keep what changed; where that cannot be done the answer says so, whatever it was."""
        if session.accessed:
            _vary(response)
        try:
            kept = keep(session)
        except (SessionsAway, SessionTooLarge) as fault:
            _turn_into(response, app.make_response(app.handle_user_exception(fault)))
            return
        if kept.token is not None:
            value = kept.token.text
            response.set_cookie(
                self.get_cookie_name(app), value, max_age=self._max_age, **self._cookie(app)
            )
        elif kept.ends:
            response.delete_cookie(self.get_cookie_name(app), **self._cookie(app))
        if kept.token is not None or kept.ends:
            _vary(response)
            response.headers["Cache-Control"] = "no-store"
            self._forget_legacy(app, session, response)

    def _cookie(self, app: Flask) -> dict[str, Any]:
        """As browsers want it of a cookie that is to be deleted, too."""
        return {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "httponly": True,
            "samesite": self.get_cookie_samesite(app),
        }

    def _forget_legacy(self, app: Flask, session: LazySession, response: Response) -> None:
        legacy = session.importing
        if isinstance(legacy, LegacySession) and legacy.was_read:
            legacy.forget()
            if self._legacy_cookie != self.get_cookie_name(app):
                response.delete_cookie(str(self._legacy_cookie))


def _vary(response: Response) -> None:
    # Werkzeug's set of header words takes 15 µs; there is seldom another word.
    if "Vary" in response.headers:
        response.vary.add("Cookie")
    else:
        response.headers["Vary"] = "Cookie"


def _away(_: SessionsAway) -> ResponseReturnValue:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
    return "Sessions cannot be reached just now. Please try again.\n", 503, headers


def _too_large(fault: SessionTooLarge) -> ResponseReturnValue:
    return f"{fault}\n", 413, {"Content-Type": "text/plain; charset=utf-8"}


def _turn_into(response: Response, other: Response) -> None:
    for name in _OF_THE_ANSWER:
        response.headers.pop(name, None)
    response.status_code = other.status_code
    response.direct_passthrough = False
    response.set_data(other.get_data())
    for name, value in other.headers:
        response.headers[name] = value
