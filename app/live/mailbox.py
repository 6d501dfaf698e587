"""What one listener has not yet been sent: bounded, and with the last word on each thing only."""

import asyncio
from enum import Enum

from app.streams.announcer import Announcement, Position

# A board of 20 lines has 20 things to say; whoever is behind by more than this reads afresh.
BOUND = 256


class Ending(Enum):
    """Why a listener is to hear no more."""

    BYE = "the process ends"
    LOST = "the cache does not answer"
    SIGNED_OUT = "the session has ended"


class Mailbox:
    """Announcements wait here, the newest of each event and key; nobody waits for a slow reader."""

    def __init__(self, *, bound: int = BOUND) -> None:
        self._bound = bound
        self._waiting: dict[tuple[str, str], tuple[Position, Announcement]] = {}
        self._something = asyncio.Event()
        self.overflowed = False
        self.ending: Ending | None = None

    def put(self, position: Position, said: Announcement) -> None:
        """Keep an announcement, in place of an older one about the same thing."""
        about = (said.event, said.key)
        self._waiting.pop(about, None)
        self._waiting[about] = (position, said)
        if len(self._waiting) > self._bound:
            self.overflow()
        self._something.set()

    def overflow(self) -> None:
        """Something was not kept: the listener is to read afresh."""
        self._waiting.clear()
        self.overflowed = True
        self._something.set()

    def end(self, why: Ending) -> None:
        """Tell the listener that this is all."""
        self.ending = why
        self._something.set()

    async def wait(self, seconds: float) -> bool:
        """Whether something came within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._something.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> list[tuple[Position, Announcement]]:
        """What waits, oldest first, and forget it."""
        taken = list(self._waiting.values())
        self._waiting.clear()
        self.overflowed = False
        if self.ending is None:
            self._something.clear()
        return taken
