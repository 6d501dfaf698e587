"""How many answers are stale: writers publish what they have committed, readers compare.

A writer raises the floor of its row once its commit and its invalidation have returned. A reader
takes the floors before it asks: a smaller amount is older than what was known before the question.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.querycache.contenders import Entrant
from benchmarks.querycache.processes import SPAWN, START_SECONDS, Urls, ended, started
from benchmarks.querycache.table import SHELVES
from lab.engines import EngineFailed

READERS = 4
WRITERS = 2
SECONDS = 6.0
# A heavier query, or a slower network: what is between the database's answer and its keeping.
LONGER_SECONDS = (0.0, 0.005)
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readers saw while the query took so much longer than it does."""

    longer_seconds: float
    reads: int
    stale: int
    ran: int


class Shared:
    """What all processes of a race see. The counts are [reads, stale, queries]."""

    def __init__(self) -> None:
        self.floors = SPAWN.Array("q", SHELVES * WRITERS)
        self.counts = SPAWN.Array("q", 3)
        self.longer = SPAWN.Value("d", LONGER_SECONDS[0])
        self.ready = SPAWN.Semaphore(0)
        self.go: Any = SPAWN.Event()
        self.over: Any = SPAWN.Event()


def run(
    entrant: Entrant,
    urls: Urls,
    *,
    seconds: float = SECONDS,
    readers: int = READERS,
    writers: int = WRITERS,
) -> list[Verdict]:
    """Race with the query as it is, then with a longer one."""
    shared = Shared()
    crowd = [
        *(started(read, shared, entrant, urls, number) for number in range(readers)),
        *(started(write, shared, entrant, urls, number) for number in range(writers)),
    ]
    try:
        for _ in crowd:
            if not shared.ready.acquire(timeout=START_SECONDS):
                raise EngineFailed(f"{entrant.name} did not start; its last words are above")
        shared.go.set()
        verdicts = []
        for longer in LONGER_SECONDS:
            shared.longer.value = longer
            with shared.counts.get_lock():
                shared.counts[:] = [0, 0, 0]
            time.sleep(seconds)
            verdicts.append(Verdict(longer, *shared.counts[:]))
        return verdicts
    finally:
        shared.go.set()
        shared.over.set()
        ended(crowd)


def read(shared: Shared, entrant: Entrant, urls: Urls, seed: int) -> None:
    """Read until it is over, and count what is older than what was known before."""
    contender, chance = entrant.make(*urls), random.Random(seed)  # noqa: S311 (a benchmark's)
    contender.read(0)
    _wait_for_start(shared)
    while not shared.over.is_set():
        contender.longer_seconds = shared.longer.value
        shelf, ran = chance.randrange(SHELVES), contender.ran
        floors = shared.floors[shelf * WRITERS : (shelf + 1) * WRITERS]
        rows = contender.read(shelf)
        seen = [contender.amount(row) for row in rows[:WRITERS]]
        with shared.counts.get_lock():
            shared.counts[0] += 1
            shared.counts[1] += any(
                amount < floor for amount, floor in zip(seen, floors, strict=True)
            )
            shared.counts[2] += contender.ran - ran


def write(shared: Shared, entrant: Entrant, urls: Urls, row: int) -> None:
    """Raise a row of its own on every shelf until it is over."""
    contender, chance = entrant.make(*urls), random.Random(100 + row)  # noqa: S311 (a benchmark's)
    _wait_for_start(shared)
    amount = 0
    while not shared.over.is_set():
        amount += 1
        shelf = chance.randrange(SHELVES)
        contender.write(shelf, row, amount)
        shared.floors[shelf * WRITERS + row] = amount
        time.sleep(chance.random() * PAUSE_SECONDS)


def _wait_for_start(shared: Shared) -> None:
    shared.ready.release()
    shared.go.wait()


def race_all(
    entrants: list[Entrant],
    urls: Urls,
    *,
    begin_again: Callable[[], None],
    tell: Callable[[str], None],
) -> dict[str, list[Verdict]]:
    verdicts = {}
    for entrant in entrants:
        tell(f"stale answers: {entrant.name}")
        begin_again()
        verdicts[entrant.name] = run(entrant, urls)
    return verdicts
