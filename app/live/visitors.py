"""Who listens: the sessions that web keeps, asked from asyncio."""

import asyncio

from redis import asyncio as aio
from starlette.requests import Request

from app.config import Config
from app.database import Database
from app.domain.accounts import operator_or_none
from app.parts import session_cookie, session_keys, session_rules
from app.sessions.reader import Seen, SessionReader


class Visitors:
    """Knows by a request's cookie whether somebody is signed in."""

    def __init__(self, config: Config, redis: aio.Redis, database: Database) -> None:
        self._reader = SessionReader(redis, session_keys(config), rules=session_rules(config))
        self._cookie = session_cookie(config)
        self._idle = config.session_idle
        self._database = database

    @property
    def ended(self) -> str:
        """The channel on which the sessions are told that somebody ended."""
        return self._reader.ended

    async def session_of(self, request: Request) -> str | None:
        """The name of the session of who is signed in, else None.

        That it looks counts as use: a page that is open is not idle.
        """
        seen = await self._reader.read(request.cookies.get(self._cookie))
        if seen is None or not seen.is_signed_in:
            return None
        return seen.name if await asyncio.to_thread(self._is_someone, seen) else None

    def _is_someone(self, seen: Seen) -> bool:
        if seen.user is None:
            return False
        with self._database.transaction() as session:
            return operator_or_none(session, int(seen.user)) is not None
