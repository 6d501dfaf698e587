"""Readers and writers in processes of their own, and faults among them: is any answer too old?

A writer publishes, in memory all processes share, the number it has committed once `commit()` has
returned. A reader takes that floor before it asks the cache (rule S1), or asks the database itself
before it asks the cache (rule S2): an answer below is stale. Every value only ever grows.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized, SynchronizedArray
from typing import Any

from tests.cache.floor import ROWS

Make = Callable[[str, str], Any]
SECONDS_TO_START = 5.0
_spawn = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Verdict:
    """What the readers saw."""

    reads: int
    hits: int
    stale: int
    writes: int


class Shared:
    """What all processes see: per row the committed floor, and the counts."""

    def __init__(self) -> None:
        self.floors: SynchronizedArray[int] = _spawn.Array("q", ROWS)
        self.reads: Synchronized[int] = _spawn.Value("q", 0)
        self.hits: Synchronized[int] = _spawn.Value("q", 0)
        self.stale: Synchronized[int] = _spawn.Value("q", 0)
        self.writes: Synchronized[int] = _spawn.Value("q", 0)
        self.over: Any = _spawn.Event()


def reader(shared: Shared, make: Make, database_url: str, cache_url: str, seed: int) -> None:
    """Read until it is over, and count what was older than what was known before."""
    floor, chance = make(database_url, cache_url), random.Random(seed)  # noqa: S311 (a test's)
    while not shared.over.is_set():
        id_ = chance.randrange(ROWS)
        by_database = chance.random() < 0.2
        least = floor.truth(id_) if by_database else shared.floors[id_]
        seen = floor.read(id_)
        with shared.reads.get_lock():
            shared.reads.value += 1
        if seen < least:
            with shared.stale.get_lock():
                shared.stale.value += 1
    with shared.hits.get_lock():
        shared.hits.value += floor.hits()


def writer(shared: Shared, make: Make, database_url: str, cache_url: str, seed: int) -> None:
    """Count rows up until it is over."""
    floor, chance = make(database_url, cache_url), random.Random(seed)  # noqa: S311 (a test's)
    while not shared.over.is_set():
        id_ = chance.randrange(ROWS)
        committed = floor.write(id_)
        with shared.floors.get_lock():
            shared.floors[id_] = max(shared.floors[id_], committed)
        with shared.writes.get_lock():
            shared.writes.value += 1
        time.sleep(chance.random() * 0.02)


class Chaos:
    """Four readers and two writers; a writer that was killed is replaced."""

    def __init__(self, make: Make, database_url: str, cache_url: str) -> None:
        self.shared = Shared()
        self._urls = (make, database_url, cache_url)
        self._seed = 0
        self._killed_at = 0.0
        self.readers = [self._start(reader) for _ in range(4)]
        self.writers = [self._start(writer) for _ in range(2)]

    def kill_a_writer(self) -> None:
        """SIGKILL, wherever it stands: between close and COMMIT, or COMMIT and finish.

        Not before the last one's successor has been at work: it takes seconds to start.
        """
        if time.monotonic() - self._killed_at < SECONDS_TO_START:
            return
        self._killed_at = time.monotonic()
        victim = self.writers.pop(0)
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        self.writers.append(self._start(writer))

    def run(
        self, *, reads: int, seconds: float, fault: Callable[[], None], hunting: bool = False
    ) -> Verdict:
        """Go on until so many reads were made or the time is over, with a fault now and then.

        When `hunting`, the first stale answer is enough.
        """
        while not self.shared.writes.value:
            time.sleep(0.05)  # processes take seconds to start
        self.shared.reads.value = 0
        deadline = time.monotonic() + seconds
        while self.shared.reads.value < reads and time.monotonic() < deadline:
            time.sleep(0.15)
            fault()
            if hunting and self.shared.stale.value:
                break
        self.shared.over.set()
        for process in (*self.readers, *self.writers):
            process.join(20)
            if process.is_alive():
                process.kill()
        shared = self.shared
        return Verdict(
            shared.reads.value, shared.hits.value, shared.stale.value, shared.writes.value
        )

    def _start(self, act: Callable[..., None]) -> Any:  # noqa: ANN401 (spawn's process type)
        self._seed += 1
        process = _spawn.Process(target=act, args=(self.shared, *self._urls, self._seed))
        process.start()
        return process
