"""Forged requests are refused: by a token of the session's own, and by what the browser says.

The token is a MAC of the session's token: nothing is stored, and it changes when the id does. For
a visitor without a session it is one of a signed cookie (OWASP, "Signed Double-Submit Cookie").
"""

import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import BadRequest
from wtforms import Field, ValidationError
from wtforms.csrf.core import CSRF

from app.sessions.session import LazySession
from app.sessions.store import SessionStore

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
_OURS = ("same-origin", "none")  # `none`: typed, or a bookmark
_PURPOSE, _COOKIE_PURPOSE = "csrf", "csrf-cookie"


class CsrfRefused(BadRequest):
    """The request may not be the user's own doing."""


class SessionCSRF(CSRF):  # type: ignore[misc] # WTForms carries no types
    """For Flask-WTF's forms: `class Meta(FlaskForm.Meta): csrf_class = SessionCSRF`."""

    def setup_form(self, form: Any) -> Any:  # noqa: ANN401 (WTForms' own signature)
        form.meta.csrf_field_name = FIELD
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return csrf_token()

    def validate_csrf_token(self, form: object, field: Field) -> None:
        if not is_own_doing() or not valid_csrf(field.data):
            raise ValidationError("The form's token is missing or too old.")


def install_csrf(app: Flask) -> None:
    """Give templates `csrf_token()`, and visitors the cookie it needs."""
    secure = app.config["SESSION_COOKIE_SECURE"]
    app.config.setdefault("CSRF_COOKIE_NAME", "__Host-csrf" if secure else "csrf")
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.after_request(_set_cookie)


def csrf_token() -> str:
    """The token for this visitor's forms; nothing is stored."""
    return _store().keys.signature(_PURPOSE, _subject() or _new_subject())


def valid_csrf(token: str | None) -> bool:
    """Whether the token is of this visitor's session, or cookie; takes as long for a wrong one."""
    subject = _subject()
    return subject is not None and _store().keys.is_signed(_PURPOSE, subject, token or "")


def check_csrf() -> None:
    """Refuse an unsafe request that another site may have made; raises `CsrfRefused`."""
    if request.method in _SAFE:
        return
    if not is_own_doing():
        raise CsrfRefused("The request comes from another site.")
    if not valid_csrf(request.headers.get(HEADER) or request.form.get(FIELD)):
        raise CsrfRefused("The form's token is missing or too old.")


def is_own_doing() -> bool:
    """What the browser says of where the request comes from, if it says anything."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OURS
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _subject() -> str | None:
    """What the token is made of: the session's id, else the visitor's signed cookie."""
    own = cast("LazySession", session).sid
    if own is not None:
        return own
    cookie: str = g.get("csrf_cookie") or request.cookies.get(
        current_app.config["CSRF_COOKIE_NAME"], ""
    )
    random, _, signature = cookie.rpartition(".")
    return cookie if _store().keys.is_signed(_COOKIE_PURPOSE, random, signature) else None


def _new_subject() -> str:
    random = secrets.token_urlsafe(32)
    g.csrf_cookie = f"{random}.{_store().keys.signature(_COOKIE_PURPOSE, random)}"
    cookie: str = g.csrf_cookie
    return cookie


def _set_cookie(response: Response) -> Response:
    if "csrf_cookie" in g:
        response.set_cookie(
            current_app.config["CSRF_COOKIE_NAME"],
            g.csrf_cookie,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        response.headers["Cache-Control"] = "no-store"
    return response


def _store() -> SessionStore:
    store: SessionStore = current_app.extensions["sessions"]
    return store
