"""The same sessions, read from asyncio."""

from typing import Any

from redis import asyncio as aio

from app.sessions import codec

# What `secrets.token_urlsafe(32)` makes; anything else never reaches the store.
_LONGEST_ID = 128


class SessionReader:
    """Reads a session by its cookie; never writes one."""

    def __init__(self, redis: aio.Redis, *, secure: bool) -> None:
        self._redis = redis
        self.cookie_name = codec.cookie_name(secure=secure)

    async def read(self, cookie: str | None) -> dict[str, Any] | None:
        """What the session holds, or None where there is none."""
        if not cookie or len(cookie) > _LONGEST_ID:
            return None
        data = await self._redis.get(codec.KEY_PREFIX + cookie)
        return codec.decode(data) if isinstance(data, bytes) else None
