"""Listeners of one process, more or fewer of them, and how late they hear."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import psutil

from benchmarks.pages import cpu_seconds
from benchmarks.rounds import percentile
from benchmarks.screens import Screen, open_screen
from lab.engines import EngineFailed

SAID = 8
# A quarter of what a page is told at most: what is heard late has its cause in the fan-out.
EVERY_SECONDS = 1.0
OPENING = 40  # at once
SETTLE_SECONDS = 1.0
# As a 503 of the live process says.
WAIT_SECONDS = 2.0
# Who was not let in by then is not waited for.
OPENING_SECONDS = 75.0


class Told(msgspec.Struct):
    """What an announcement of ours carries: when it was made."""

    said_at: float


class Changes(msgspec.Struct):
    tiles: list[Told]


@dataclass(frozen=True, slots=True)
class Heard:
    """One round: how late, the share that came of what all should have heard, the CPU of each.

    `listeners` are still there at its end, `megabytes` the memory of the process that they took.
    """

    listeners: int
    p50_ms: float
    p99_ms: float
    share: float
    cpu_us: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Target:
    """A process that fans out: where it is listened to, and how it is told something."""

    name: str
    url: str
    cookie: str
    process: psutil.Process
    announce: Callable[[str], None]


class Crowd:
    """Listeners of one target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._screens: list[Screen] = []
        self._late_ms: list[float] = []
        # How often a page that came was answered 503.
        self.asked_to_wait = 0
        self._wanted = 0
        self._changes = msgspec.json.Decoder(Changes)

    @property
    def listening(self) -> int:
        """How many were let in and not sent away."""
        return sum(not screen.ended.done() for screen in self._screens)

    async def hear(self) -> Heard:
        """Announce a number of times to all who listen."""
        await asyncio.sleep(SETTLE_SECONDS)
        self._late_ms = []
        process, clock = self._target.process, asyncio.get_running_loop().time
        began, used = clock(), cpu_seconds(process)
        for number in range(SAID):
            await asyncio.sleep(began + number * EVERY_SECONDS - clock())
            # A key for each: none is replaced by a newer one while a listener gathers its news.
            self._target.announce(f"bench-{number}")
        await asyncio.sleep(SETTLE_SECONDS)
        used = cpu_seconds(process) - used
        heard = self._late_ms
        return Heard(
            self.listening,
            percentile(heard, 50),
            percentile(heard, 99),
            len(heard) / (self._wanted * SAID),
            used * 1e6 / max(1, len(heard)),
            megabytes(process),
        )

    async def become(self, listeners: int) -> float:
        """Be so many, or as many as are let in; the microseconds of CPU that each opening took."""
        self._wanted, before = listeners, len(self._screens)
        used, until = cpu_seconds(self._target.process), time.monotonic() + OPENING_SECONDS
        while (missing := listeners - len(self._screens)) and time.monotonic() < until:
            opening = (self._open() for _ in range(min(missing, OPENING)))
            self._screens += [screen for screen in await asyncio.gather(*opening) if screen]
        came = len(self._screens) - before
        return (cpu_seconds(self._target.process) - used) * 1e6 / max(1, came)

    async def leave(self) -> None:
        while self._screens:
            screen = self._screens.pop()
            screen.close()
            await screen.ended

    async def _open(self) -> Screen | None:
        """A page, or none where it is asked to come again."""
        screen = await open_screen(self._target.url, self._target.cookie, self._hear)
        status = screen.status.result()
        if status == HTTPStatus.OK:
            return screen
        screen.close()
        if status != HTTPStatus.SERVICE_UNAVAILABLE:
            raise EngineFailed(f"{self._target.name} answered {status}")
        self.asked_to_wait += 1
        await asyncio.sleep(WAIT_SECONDS)
        return None

    def _hear(self, name: bytes, data: bytes, arrived: float) -> None:
        if name == b"changes":
            tiles = self._changes.decode(data).tiles
            self._late_ms += [(arrived - told.said_at) * 1000 for told in tiles]


def told_now() -> Told:
    return Told(time.time())


def megabytes(process: psutil.Process) -> float:
    tree = [process, *process.children(recursive=True)]
    return float(sum(each.memory_info().rss for each in tree)) / 1e6
