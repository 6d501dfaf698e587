"""Readers and writers, each a process of its own, on one of two instances.

An instance is a group of processes with an endpoint of its own; each process has its own store,
engine and pool. Every value only ever grows. A reader knows three floors: what a writer's
`commit()` has returned for (rule S1), what the database itself showed it a moment ago, and what it
was answered before (rule S2). An answer below one of them is stale.
"""

import random
import time
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.exc import OperationalError

from app.cache import CacheAway
from tests.cache.chaos.ledger import READERS, Ledger
from tests.cache.floor import ROWS

# How many reads ask the database first. Each read is held against all it showed so far.
ASKS_FIRST = 0.12


class Side(Protocol):
    """One process's view: a cache over the table of eight rows."""

    def read(self, id_: int) -> int: ...
    def write(self, id_: int) -> int: ...
    def truths(self) -> list[int]: ...
    def hits(self) -> int: ...


Make = Callable[[str, str], Side]


class Reader:
    """Reads until it is over, and counts what was older than what was known before."""

    def __init__(self, ledger: Ledger, side: Side, number: int) -> None:
        self._ledger = ledger
        self._side = side
        self._number = number
        self._known = [0] * ROWS
        self._chance = random.Random(number)  # noqa: S311 (a test's)

    def act(self) -> None:
        counted = 0
        while not self._ledger.over:
            self._read()
            hits = self._side.hits()
            self._ledger.count(self._number, "hits", hits - counted)
            counted = hits

    def _read(self) -> None:
        id_ = self._pick()
        committed = self._ledger.committed(id_)
        seen = self._side.read(id_)
        self._ledger.count(self._number, "s1", seen < committed)
        self._ledger.count(self._number, "s2", committed <= seen < self._known[id_])
        self._ledger.count(self._number, "reads")
        self._known[id_] = max(self._known[id_], seen)

    def _pick(self) -> int:
        """Any row; or one that the database has just shown to have grown, the likeliest to lie."""
        if self._chance.random() >= ASKS_FIRST:
            return self._chance.randrange(ROWS)
        truths = self._side.truths()
        grown = [id_ for id_ in range(ROWS) if truths[id_] > self._known[id_]]
        self._known = [max(pair) for pair in zip(truths, self._known, strict=True)]
        return self._chance.choice(grown or range(ROWS))


def reader(ledger: Ledger, make: Make, number: int, *urls: str) -> None:
    Reader(ledger, make(*urls), number).act()


def writer(ledger: Ledger, make: Make, number: int, *urls: str) -> None:
    """Count rows up until it is over; a write that was refused has not happened."""
    side, chance = make(*urls), random.Random()  # noqa: S311 (a test's)
    while not ledger.over:
        id_ = chance.randrange(ROWS)
        try:
            committed = side.write(id_)
        except OperationalError as error:
            if not isinstance(error.orig, CacheAway):
                raise
            ledger.count(READERS + number, "refused")
        else:
            ledger.publish(number, id_, committed)
            ledger.count(READERS + number, "writes")
        time.sleep(chance.random() * 0.02)
