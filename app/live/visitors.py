"""Who listens: people by the sessions that web keeps, and screens by their links."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple, Self

from starlette.requests import Request

from app.config import Config
from app.database import Database
from app.domain.accounts import ScreenKeys, admit_screen, sign_ins
from app.live.batching import Batching
from app.parts import screen_cookie, session_cookie, session_keys, session_rules
from app.sessions.reader import Seen, SessionReader
from app.sessions.tokens import User
from app.streams import AsyncClient


class _Claim(NamedTuple):
    """What a session says of itself; nothing but its name where the cache lost it."""

    name: str
    is_lost: bool
    user: User | None
    sign_in: int | None

    @classmethod
    def of(cls, seen: Seen) -> Self:
        sign_in = seen.fields.get("sign_in")
        number = sign_in if isinstance(sign_in, int) else None
        return cls(seen.name, seen.state == "missing", seen.user, number)


class Visitors:
    """Knows by a request's cookies whether somebody is signed in, or which screen it is."""

    def __init__(self, config: Config, redis: AsyncClient, database: Database) -> None:
        self._reader = SessionReader(redis, session_keys(config), rules=session_rules(config))
        self._cookie = session_cookie(config)
        self._screens = ScreenKeys(config.secret_key, config.secret_key_fallbacks)
        self._screen_cookie = screen_cookie(config)
        self._idle = config.session_idle
        self._database = database
        self._holding = Batching(self._ask_which_hold)

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
        return seen.name if await self._holding.of(_Claim.of(seen)) else None

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

    async def _ask_which_hold(self, claims: Collection[_Claim]) -> dict[_Claim, bool]:
        """Whether the database says so too; it alone does where the cache lost the session."""
        return await asyncio.to_thread(self._which_hold, claims)

    def _which_hold(self, claims: Collection[_Claim]) -> dict[_Claim, bool]:
        now = datetime.now(UTC)
        with self._database.transaction() as session:
            rows = sign_ins.lasting(session, [claim.name for claim in claims], now=now)
            held = {claim: self._is_held(claim, rows.get(claim.name), now) for claim in claims}
            using = [rows[claim.name] for claim in claims if held[claim] and not claim.is_lost]
            if due := [row.id for row in using if row.is_idle(now, sign_ins.SEEN_EVERY)]:
                sign_ins.note_in_use(session, due, now)
        return held

    def _is_held(self, claim: _Claim, row: sign_ins.Lasting | None, now: datetime) -> bool:
        if row is None:
            return False
        if claim.is_lost:
            return not row.is_idle(now, self._idle)
        return (claim.user, claim.sign_in) == (row.operator, row.id)
