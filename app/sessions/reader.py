"""The same sessions, read from asyncio; no part of this loads Flask."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from app.sessions import codec, scripts
from app.sessions.layout import PREFIX, Layout
from app.sessions.outage import PASSING, SessionsAway
from app.sessions.reading import Loaded, judged, question
from app.sessions.store import Rules, ms
from app.sessions.tokens import Keyring, Token, User

# Each that asks at once has a connection of its own. After an outage all screens come back in the
# same second, and all time-outs run in the one thread that also dials for them: a hundred dials
# took longer than one may, with a store that answers in a tenth of a millisecond.
AT_ONCE = 16
# Whoever would wait longer had better come back.
PATIENCE_SECONDS = 10.0


class Seen(NamedTuple):
    """What a cookie leads to: `state` is live, missing, expired or ended.

    A session that is missing may have been lost by the store: whoever keeps sign-ins knows by its
    name. `is_signed_in` says that it once was one.
    """

    state: str
    name: str
    is_signed_in: bool
    user: User | None = None
    fields: Mapping[str, object] = {}


class SessionReader:
    """Reads sessions by their cookies, and writes none; that it looked counts as use."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 (redis-py's asyncio client, of a server or a cluster)
        keys: Keyring,
        *,
        rules: Rules = Rules(),  # noqa: B008 (immutable)
        prefix: str = PREFIX,
    ) -> None:
        self._client = client
        self._keys = keys
        self._layout = Layout(prefix)
        self._idle, self._touch = ms(rules.idle), ms(rules.touch_every)
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def ended(self) -> str:
        """The channel on which the names of sessions are told that somebody ended."""
        return self._layout.channel

    async def read(self, cookie: str | None) -> Seen | None:
        """The session, or None where the cookie is none of ours. Raises `SessionsAway`."""
        token = self._keys.read(cookie or "")
        if token is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._turns.acquire()
        except TimeoutError as fault:
            raise SessionsAway("too many wait for the store to answer") from fault
        try:
            loaded = await self._load(token)
        except PASSING as fault:
            raise SessionsAway(f"the store does not answer: {type(fault).__name__}") from fault
        finally:
            self._turns.release()
        seen = Seen(loaded.state, token.name, token.is_signed_in)
        return _opened(seen, loaded) if loaded.state == "live" else seen

    async def _load(self, token: Token) -> Loaded:
        session, epoch, clock = question(self._layout, token)
        pipeline = self._client.pipeline(transaction=False)
        for command in (session, epoch, clock):
            pipeline.execute_command(*command)
        replies = await pipeline.execute(raise_on_error=False)
        loaded = judged(replies, idle=self._idle, touch_every=self._touch)
        if loaded.is_due:
            with suppress(*PASSING):
                await scripts.touch_async(self._client, (session[1], epoch[1]), self._idle)
        return loaded


def _opened(seen: Seen, loaded: Loaded) -> Seen:
    try:
        fields = {key: codec.decode(raw) for key, raw in loaded.fields.items()}
        user = None if loaded.user is None else codec.decode(loaded.user)
    except codec.Undecodable:
        return seen._replace(state="missing")
    return seen._replace(user=user, fields=fields)
