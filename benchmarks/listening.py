"""Figure: how late many listeners of one live process hear an announcement."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from app.domain import board
from app.streams.announcer import Announcer
from benchmarks.browser import sign_in
from benchmarks.instance import PLANT, USERNAME, Instance
from benchmarks.rounds import percentile
from benchmarks.screens import Screen, open_screen

FEW, MANY = 200, 1_000
# As often as a page is told at most, and a little less often.
PACES_SECONDS = (0.25, 0.3)
ROUNDS = 3
SAID = 12
OPENING = 40  # at once
SETTLE_SECONDS = 1.0

MEANS = (
    "From the call of `Announcer.announce` to the moment at which each listener's socket had the "
    "event, all listeners on one live process. A page is told at most four times a second: at one "
    "announcement per 250 ms that pause and the pace rub against each other, and up to a pause is "
    "waited; at one per 300 ms what is left is the way through the cache and the fan-out. The "
    "listeners are bare sockets in one process on the same cores, whose own work is in the "
    "numbers; nginx, TLS and the network are left out."
)


class Told(msgspec.Struct):
    """What an announcement of ours carries: when it was made."""

    said_at: float


class Changes(msgspec.Struct):
    tiles: list[Told]


@dataclass(frozen=True, slots=True)
class Heard:
    """One round: how late deliveries were, and the share that came, of all that should have."""

    listeners: int
    every_seconds: float
    p50_ms: float
    p99_ms: float
    share: float


class Crowd:
    """Listeners of one board, more or fewer of them from round to round."""

    def __init__(self, url: str, cookie: str, announcer: Announcer) -> None:
        self._url = url
        self._cookie = cookie
        self._announcer = announcer
        self._screens: list[Screen] = []
        self._late_ms: list[float] = []
        self._changes = msgspec.json.Decoder(Changes)

    async def hear(self, every_seconds: float) -> Heard:
        """Announce a number of times to all who listen."""
        await asyncio.sleep(SETTLE_SECONDS)
        self._late_ms = []
        clock = asyncio.get_running_loop().time
        began = clock()
        for number in range(SAID):
            await asyncio.sleep(began + number * every_seconds - clock())
            # A key for each: none is replaced by a newer one while a listener gathers its news.
            self.announce(f"bench-{number}")
        await asyncio.sleep(SETTLE_SECONDS)
        heard, listeners = self._late_ms, len(self._screens)
        p50, p99 = percentile(heard, 50), percentile(heard, 99)
        return Heard(listeners, every_seconds, p50, p99, len(heard) / (listeners * SAID))

    def announce(self, key: str) -> None:
        self._announcer.announce(board.board_channel(PLANT), "tile", key, Told(time.time()))

    async def become(self, listeners: int) -> None:
        """Be so many: some leave, or some come."""
        while len(self._screens) > listeners:
            screen = self._screens.pop()
            screen.close()
            await screen.ended
        while missing := min(listeners - len(self._screens), OPENING):
            opened = await asyncio.gather(
                *(open_screen(self._url, self._cookie, self._hear) for _ in range(missing))
            )
            self._screens += opened
            for screen in opened:
                if screen.status.result() != HTTPStatus.OK:
                    raise RuntimeError(f"{self._url} answered {screen.status.result()}")

    def _hear(self, name: bytes, data: bytes, arrived: float) -> None:
        if name == b"changes":
            tiles = self._changes.decode(data).tiles
            self._late_ms += [(arrived - told.said_at) * 1000 for told in tiles]


def measure(instance: Instance) -> list[Heard]:
    """With `web` and `live` running: all rounds, few and many listeners in turns."""
    cookie = sign_in(instance.url("web"), USERNAME, instance.password)
    url = instance.url("live", f"/live/board?plant={PLANT}")
    return asyncio.run(_rounds(Crowd(url, cookie, instance.parts.announcer)))


async def _rounds(crowd: Crowd) -> list[Heard]:
    # The first word on a channel begins its epoch, and makes listeners read afresh.
    crowd.announce("bench")
    heard = []
    for _ in range(ROUNDS):
        for listeners in (FEW, MANY):
            await crowd.become(listeners)
            heard += [await crowd.hear(seconds) for seconds in PACES_SECONDS]
    await crowd.become(0)
    return heard


@dataclass(frozen=True, slots=True)
class Summary:
    """All rounds of one pace: medians, and how much later many hear than few."""

    every_ms: int
    few: tuple[float, float]
    many: tuple[float, float]
    p50_ratios: list[float]
    p99_ratios: list[float]
    smallest_share: float


def summaries(heard: list[Heard]) -> list[Summary]:
    """One for each pace."""
    found = []
    for seconds in PACES_SECONDS:
        rounds = [each for each in heard if each.every_seconds == seconds]
        few = [each for each in rounds if each.listeners == FEW]
        many = [each for each in rounds if each.listeners == MANY]
        # On an overloaded machine a round may be over before anybody has heard a word of it.
        pairs = [pair for pair in zip(few, many, strict=True) if all(it.p50_ms for it in pair)]
        found.append(
            Summary(
                round(seconds * 1000),
                _medians(few),
                _medians(many),
                [more.p50_ms / less.p50_ms for less, more in pairs],
                [more.p99_ms / less.p99_ms for less, more in pairs],
                min(each.share for each in rounds),
            )
        )
    return found


def _medians(rounds: list[Heard]) -> tuple[float, float]:
    return (
        statistics.median(each.p50_ms for each in rounds),
        statistics.median(each.p99_ms for each in rounds),
    )
