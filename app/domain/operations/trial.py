"""The same query uncached, lazily loaded and written through, on rows of its own: what each costs.

Each strategy has a shelf of rows, so that the writes of one expel nothing of another.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.cache import Policy, Query, QueryCache
from app.database import Database
from app.models import TrialRow

ROWS = 20
WRITES = 10
MOST_READS = 100
# An hour: the trial is over in a second, so nothing goes by time.
_FRESH_FOR = timedelta(hours=1)
_SHELF = (
    select(TrialRow.id, TrialRow.label, TrialRow.value)
    .where(TrialRow.shelf == bindparam("shelf"))
    .order_by(TrialRow.id)
)
QUERIES = {
    "lazy": Query(_SHELF, name="trial-lazy", policy=Policy(fresh_for=_FRESH_FOR)),
    "write_through": Query(
        _SHELF,
        name="trial-written-through",
        policy=Policy(fresh_for=_FRESH_FOR, strategy="write_through"),
    ),
}
STRATEGIES = ("uncached", *QUERIES)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What one strategy cost; times are medians, in microseconds, the misses' own among them."""

    strategy: str
    reads: int
    writes: int
    read_us: float
    first_read_us: float
    write_us: float
    # How often the database was asked to read, and how many answers writers kept for nobody.
    queries: int
    unread: int
    # Answers older than the last write: not a figure but a promise.
    stale: int


@dataclass(frozen=True, slots=True)
class Trial:
    """How many reads follow each write."""

    reads_a_write: int

    def __post_init__(self) -> None:
        if not 0 <= self.reads_a_write <= MOST_READS:
            raise ValueError(f"a trial has 0 to {MOST_READS} reads a write")


def try_out(trial: Trial, *, database: Database, cache: QueryCache) -> list[TrialResult]:
    """Run the trial for each strategy, one after the other: a second or less in all."""
    with database.transaction() as session:
        _lay_out(session)
    return [_run(strategy, trial, database, cache) for strategy in STRATEGIES]


def _lay_out(session: Session) -> None:
    rows = [
        {"shelf": shelf, "position": position, "label": f"Part {position}", "value": 0}
        for shelf in STRATEGIES
        for position in range(ROWS)
    ]
    session.execute(insert(TrialRow).on_conflict_do_nothing(), rows)


def _run(strategy: str, trial: Trial, database: Database, cache: QueryCache) -> TrialResult:
    read_us: list[float] = []
    first_us: list[float] = []
    write_us: list[float] = []
    stale = 0
    query = QUERIES.get(strategy)
    before = Counter(cache.counts)
    for _ in range(WRITES):
        written, took = _timed(lambda: _write(database, strategy))
        write_us.append(took)
        for number in range(trial.reads_a_write):
            value, took = _timed(lambda: _read(database, cache, strategy, query))
            (read_us if number else first_us).append(took)
            stale += value < written
    spent = Counter(cache.counts) - before
    name = query.name if query else ""
    return TrialResult(
        strategy=strategy,
        reads=WRITES * trial.reads_a_write,
        writes=WRITES,
        read_us=median(read_us or first_us or [0.0]),
        first_read_us=median(first_us or [0.0]),
        write_us=median(write_us),
        queries=_queries(spent, name) if query else WRITES * trial.reads_a_write,
        unread=spent[name, "unread"],
        stale=stale,
    )


def _queries(spent: Counter[tuple[str, str]], name: str) -> int:
    """Those that readers waited for, and those that writers ran ahead of them."""
    return sum(spent[name, how] for how in ("fill", "bypass", "written"))


def _write(database: Database, shelf: str) -> int:
    """One more on every row of the shelf; gives what they hold now."""
    with database.transaction() as session:
        return session.scalars(
            update(TrialRow)
            .where(TrialRow.shelf == shelf)
            .values(value=TrialRow.value + 1)
            .returning(TrialRow.value)
        ).all()[0]


def _read(database: Database, cache: QueryCache, shelf: str, query: Query | None) -> int:
    with database.transaction() as session:
        if query is None:
            return int(session.execute(_SHELF, {"shelf": shelf}).all()[0].value)
        return int(cache.rows(session, query, shelf=shelf)[0].value)


def _timed(act: Callable[[], int]) -> tuple[int, float]:
    began = time.perf_counter()
    done = act()
    return done, (time.perf_counter() - began) * 1e6
