"""One open page, from the first byte to the last."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from app import database, sessions, streams
from app.domain.board import LINES_CHANGED
from app.live import wire
from app.live.mailbox import Ending, Mailbox
from app.live.memory import missed_since
from app.live.snapshots import Snapshot
from app.streams import AsyncClient
from app.streams.announcer import Announcement, Position

# A third of the smallest time-out on the way (nginx and the load balancer give up after 60 s).
HEARTBEAT_SECONDS = 15.0
# At most four events a second and page; what happens in between is sent as its outcome.
COALESCE_SECONDS = 0.25
_LAST_WORDS = {Ending.BYE: "bye", Ending.SIGNED_OUT: "signed-out"}


class Listener:
    """Sends a page what it missed or a snapshot, and then whatever is said on its channel."""

    def __init__(
        self,
        channel: str,
        *,
        redis: AsyncClient,
        mailbox: Mailbox,
        snapshot: Callable[[], Awaitable[Snapshot]],
        still_signed_in: Callable[[], Awaitable[bool]],
    ) -> None:
        self._channel = channel
        self._redis = redis
        self._mailbox = mailbox
        self._snapshot = snapshot
        self._still_signed_in = still_signed_in
        self._at: Position | None = None

    async def events(self, last: Position | None) -> AsyncIterator[bytes]:
        """The stream's bytes, until the page, the session or the process goes."""
        yield b"retry: 1000\n\n"
        for first in await self._catch_up(last):
            yield first
        checked_at = time.monotonic()
        while True:
            something = await self._mailbox.wait(HEARTBEAT_SECONDS)
            # On a busy stream too: a session that has ended must not go on listening.
            if time.monotonic() - checked_at >= HEARTBEAT_SECONDS:
                checked_at = time.monotonic()
                if not await self._is_signed_in():
                    yield wire.signal("signed-out")
                    return
            if not something:
                yield wire.beat()
                continue
            if self._mailbox.ending is not None:
                if self._mailbox.ending is not Ending.LOST:
                    yield wire.signal(_LAST_WORDS[self._mailbox.ending])
                return
            for event in await self._news():
                yield event
            await asyncio.sleep(COALESCE_SECONDS)

    async def _catch_up(self, last: Position | None) -> list[bytes]:
        """What was missed since `last`; a snapshot where that is not known."""
        if last is None:
            return [await self._whole()]
        missed = await missed_since(self._redis, self._channel, last)
        if missed.said is None or _tells_of_lines(missed.said):
            return [wire.signal("reset"), await self._whole()]
        self._at = missed.position
        return [wire.changes(_newest_of_each(missed.said))] if missed.said else [wire.beat()]

    async def _whole(self) -> bytes:
        snapshot = await self._snapshot()
        self._at = snapshot.position
        return wire.event("snapshot", snapshot.body, position=snapshot.position)

    async def _news(self) -> list[bytes]:
        overflowed = self._mailbox.overflowed
        said = self._mailbox.take()
        at = self._at
        if overflowed or at is None or any(position.epoch != at.epoch for position, _ in said):
            return [wire.signal("reset"), await self._whole()]
        new = [(position, words) for position, words in said if position.offset > at.offset]
        if _tells_of_lines(new):
            return [wire.signal("reset"), await self._whole()]
        if not new:
            return []
        self._at = max(position for position, _ in new)
        return [wire.changes(new)]

    async def _is_signed_in(self) -> bool:
        try:
            return await self._still_signed_in()
        except (sessions.SessionsAway, *database.PASSING, *streams.PASSING):
            return True  # not known just now; the hub ends the stream if the cache stays away


def _tells_of_lines(said: list[tuple[Position, Announcement]]) -> bool:
    """Whether the lines are others than the page was shown: no news of single ones says that."""
    return any(words.event == LINES_CHANGED for _, words in said)


def _newest_of_each(
    said: list[tuple[Position, Announcement]],
) -> list[tuple[Position, Announcement]]:
    mailbox = {(words.event, words.key): (position, words) for position, words in said}
    return list(mailbox.values())
