"""Flask's sessions, kept in Redis or Valkey."""

from datetime import timedelta
from typing import Any, cast

from flask import Flask, Request, Response, current_app, session
from flask_session.redis import RedisSessionInterface
from redis import Redis

from app.sessions import codec

# What a session of nobody holds: the token of a form, and flask-session's own mark.
_STRANGERS = {"csrf_token", "_permanent"}
STRANGER = timedelta(minutes=30)


def install_sessions(
    app: Flask,
    redis: Redis,
    *,
    lifetime: timedelta,
    secure: bool,
    untouched_paths: tuple[str, ...] = (),
) -> None:
    """Keep this application's sessions in `redis`, for `lifetime` after they last changed.

    Requests whose path begins with one of `untouched_paths` never ask the store.
    """
    app.config.update(
        PERMANENT_SESSION_LIFETIME=lifetime,
        SESSION_COOKIE_NAME=codec.cookie_name(secure=secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # With True, a request that never looked at the session overwrites a newer one.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    interface = StrictSessions(app=app, client=redis, key_prefix=codec.KEY_PREFIX)
    interface.untouched_paths = untouched_paths
    app.session_interface = interface


def rotate_session() -> None:
    """Give this session a new id and forget the old one; the caller signs somebody in or out."""
    cast("StrictSessions", current_app.session_interface).regenerate(session)


class StrictSessions(RedisSessionInterface):  # type: ignore[misc]
    """flask-session's interface that never unpickles, and always rotates when it is told to."""

    untouched_paths: tuple[str, ...] = ()

    def regenerate(self, session: Any) -> None:  # noqa: ANN401 (the base has no types)
        """Move the session to a new id, an empty one too: flask-session leaves that in place."""
        self._delete_session(self._get_store_id(session.sid))
        session.sid = self._generate_sid(self.sid_length)
        session.modified = True

    def open_session(self, app: Flask, request: Request) -> Any:  # noqa: ANN401 (the base has no types)
        """The session; where the path needs none, an empty one, without asking the store."""
        if request.path.startswith(self.untouched_paths):
            return self.session_class(sid=self._generate_sid(self.sid_length))
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:  # noqa: ANN401
        """Keep what changed. A session that could not be opened is None, and left alone."""
        if session is not None:
            super().save_session(app, session, response)

    def _retrieve_session_data(self, store_id: str) -> dict[str, Any] | None:
        data = self.client.get(store_id)
        return codec.decode(data) if data else None

    def _upsert_session(
        self,
        session_lifetime: timedelta,
        session: Any,  # noqa: ANN401 (the base has no types)
        store_id: str,
    ) -> None:
        # Under `volatile-ttl` what expires soonest is evicted first: strangers before people.
        known = any(key not in _STRANGERS for key in session)
        self.client.set(
            store_id, codec.encode(dict(session)), ex=session_lifetime if known else STRANGER
        )
