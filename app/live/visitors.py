"""Who listens: people by the sessions that web keeps, and screens by their links."""

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request

from app.config import Config
from app.database import Database
from app.domain.accounts import ScreenKeys, admit_screen, sign_ins
from app.parts import screen_cookie, session_cookie, session_keys, session_rules
from app.sessions.reader import Seen, SessionReader
from app.streams import AsyncClient


class Visitors:
    """Knows by a request's cookies whether somebody is signed in, or which screen it is."""

    def __init__(self, config: Config, redis: AsyncClient, database: Database) -> None:
        self._reader = SessionReader(redis, session_keys(config), rules=session_rules(config))
        self._cookie = session_cookie(config)
        self._screens = ScreenKeys(config.secret_key, config.secret_key_fallbacks)
        self._screen_cookie = screen_cookie(config)
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
        return seen.name if await asyncio.to_thread(self._holds, seen) else None

    async def screen_of(self, request: Request, plant: str) -> str | None:
        """A name for the screen whose link shows this plant, else None."""
        number = self._screens.read(request.cookies.get(self._screen_cookie, ""))
        if number is None or not await asyncio.to_thread(self._shows, number, plant):
            return None
        return f"screen-{number}"

    def _shows(self, number: int, plant: str) -> bool:
        with self._database.transaction() as session:
            screen = admit_screen(session, number)
        return screen is not None and screen.plant == plant

    def _holds(self, seen: Seen) -> bool:
        """Whether the database says so too; it alone does where the cache lost the session."""
        now = datetime.now(UTC)
        with self._database.transaction() as session:
            if seen.state == "missing":
                return sign_ins.recover(session, seen.name, now=now, idle=self._idle) is not None
            user, row = seen.user, seen.fields.get("sign_in")
            if not isinstance(user, int) or not isinstance(row, int):
                return False
            found = sign_ins.principal(session, sign_in=row, operator=user, name=seen.name, now=now)
            if found is not None and now - found.seen_at >= sign_ins.SEEN_EVERY:
                sign_ins.note_in_use(session, row, now)
            return found is not None
