"""What readers and writers write down where all processes see it, without a lock.

A process may be killed at any instruction, and a lock it held would stop everybody: so each
process has cells of its own, and nobody waits.
"""

import multiprocessing
from dataclasses import dataclass
from typing import Any

from tests.cache.floor import ROWS

# Its server has imported everything once: a process starts in milliseconds, not in seconds.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.cache.chaos.actors"])

READERS = 4
WRITERS = 2
FIELDS = ("reads", "hits", "s1", "s2", "writes", "refused")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readers saw: `s1` and `s2` count the answers that broke the rule."""

    reads: int
    hits: int
    s1: int
    s2: int
    writes: int
    refused: int

    @property
    def stale(self) -> int:
        return self.s1 + self.s2


class Ledger:
    """Per writer and row what it has committed, per process what it counted."""

    def __init__(self) -> None:
        self._committed: Any = processes.RawArray("q", WRITERS * ROWS)
        self._counts: Any = processes.RawArray("q", (READERS + WRITERS) * len(FIELDS))
        self._over: Any = processes.RawValue("b", 0)

    @property
    def over(self) -> bool:
        return bool(self._over.value)

    def end(self) -> None:
        self._over.value = 1

    def publish(self, writer: int, id_: int, number: int) -> None:
        """The writer's `commit()` has returned: no read that starts now may see less."""
        self._committed[writer * ROWS + id_] = number

    def committed(self, id_: int) -> int:
        return int(max(self._committed[id_::ROWS]))

    def count(self, process: int, field: str, amount: int = 1) -> None:
        self._counts[process * len(FIELDS) + FIELDS.index(field)] += amount

    def total(self, field: str) -> int:
        return int(sum(self._counts[FIELDS.index(field) :: len(FIELDS)]))

    def verdict(self) -> Verdict:
        return Verdict(*map(self.total, FIELDS))
