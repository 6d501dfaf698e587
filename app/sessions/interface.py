"""Flask's sessions, kept in Redis or Valkey."""

from datetime import timedelta
from typing import Any, cast

from flask import Flask, current_app, session
from flask_session.redis import RedisSessionInterface
from redis import Redis

from app.sessions import codec


def install_sessions(app: Flask, redis: Redis, *, lifetime: timedelta, secure: bool) -> None:
    """Keep this application's sessions in `redis`, for `lifetime` after they last changed."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=lifetime,
        SESSION_COOKIE_NAME=codec.cookie_name(secure=secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # With True, a request that never looked at the session overwrites a newer one.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = StrictSessions(app=app, client=redis, key_prefix=codec.KEY_PREFIX)


def rotate_session() -> None:
    """Give this session a new id and forget the old one; the caller signs somebody in or out."""
    cast("StrictSessions", current_app.session_interface).regenerate(session)


class StrictSessions(RedisSessionInterface):  # type: ignore[misc]
    """flask-session's interface that never unpickles, and always rotates when it is told to."""

    def regenerate(self, session: Any) -> None:  # noqa: ANN401 (the base has no types)
        """Move the session to a new id, an empty one too: flask-session leaves that in place."""
        self._delete_session(self._get_store_id(session.sid))
        session.sid = self._generate_sid(self.sid_length)
        session.modified = True

    def _retrieve_session_data(self, store_id: str) -> dict[str, Any] | None:
        data = self.client.get(store_id)
        return codec.decode(data) if data else None

    def _upsert_session(
        self,
        session_lifetime: timedelta,
        session: Any,  # noqa: ANN401 (the base has no types)
        store_id: str,
    ) -> None:
        self.client.set(store_id, codec.encode(dict(session)), ex=session_lifetime)
