"""Many processes miss the same answer at once: how many run the query, and how long they wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.querycache.contenders import Entrant
from benchmarks.querycache.processes import SPAWN, START_SECONDS, Urls, ended, started
from benchmarks.querycache.table import SHELVES
from lab.engines import EngineFailed

PROCESSES = 8
QUERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Fill:
    """One miss of all at once."""

    ran: int
    slowest_seconds: float


def run(entrant: Entrant, urls: Urls, *, processes: int = PROCESSES) -> list[Fill]:
    """One fill for each shelf, all of them cold."""
    barrier: Any = SPAWN.Barrier(processes)
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(processes)]
    crowd = [started(miss, entrant, urls, barrier, sender) for _, sender in pipes]
    for _, sender in pipes:
        sender.close()
    try:
        answers = [_received(entrant, receiver) for receiver, _ in pipes]
    finally:
        barrier.abort()
        ended(crowd)
    return [
        Fill(sum(ran for ran, _ in shelf), max(waited for _, waited in shelf))
        for shelf in zip(*answers, strict=True)
    ]


def miss(
    entrant: Entrant,
    urls: Urls,
    barrier: Any,  # noqa: ANN401 (a context's class)
    answer: "Connection[Any, Any]",
) -> None:
    """Ask for each shelf when all others do, and say who ran the query and what it took."""
    contender = entrant.make(*urls)
    contender.fill(0)  # connections are open, and whatever has to settle has
    contender.longer_seconds = QUERY_SECONDS
    seen = []
    for shelf in range(1, SHELVES):
        barrier.wait(START_SECONDS)
        ran, began = contender.ran, time.perf_counter()
        contender.fill(shelf)
        seen.append((contender.ran - ran, time.perf_counter() - began))
    answer.send(seen)


def fill_all(
    entrants: list[Entrant],
    urls: Urls,
    *,
    begin_again: Callable[[], None],
    tell: Callable[[str], None],
) -> dict[str, list[Fill]]:
    found = {}
    for entrant in entrants:
        tell(f"fills under contention: {entrant.name}")
        begin_again()
        found[entrant.name] = run(entrant, urls)
    return found


def _received(entrant: Entrant, receiver: "Connection[Any, Any]") -> list[tuple[int, float]]:
    if not receiver.poll(START_SECONDS):
        raise EngineFailed(f"{entrant.name} did not answer in {START_SECONDS} s")
    try:
        return list(receiver.recv())
    except (EOFError, ConnectionError) as reason:
        raise EngineFailed(f"{entrant.name} ended; its last words are above") from reason
