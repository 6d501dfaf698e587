"""What is asked of every contender: the rows of a shelf, and a change of one of them."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, event, update
from sqlalchemy.orm import sessionmaker

from benchmarks.querycache.table import NAME, OF_SHELF, id_of, item, make_engine

Rows = Sequence[Any]

# Where the amount stands in a row that is a plain tuple.
AMOUNT = 4
TTL_SECONDS = 300


class Contender:
    """One way to read and write the shelves, in a process of its own."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        self.database_url = database_url
        # Peers know Redis' scheme only.
        self.cache_url = cache_url.replace("valkey://", "redis://", 1)
        # How often the shelves' query was run, and how much longer than it does it shall take.
        self.ran = 0
        self.longer_seconds = 0.0

    def read(self, shelf: int) -> Rows:
        raise NotImplementedError

    def write(self, shelf: int, row: int, amount: int) -> None:
        """Commit a new amount, and tell the cache as it is meant to be told."""
        raise NotImplementedError

    def fill(self, shelf: int) -> Rows:
        """Read with whatever protects a cache from many that miss at once."""
        return self.read(shelf)

    def amount(self, row: Any) -> int:  # noqa: ANN401 (each has rows of its own kind)
        return int(row[AMOUNT])

    def burst(self, times: int) -> list[float]:
        """The seconds that each of so many reads took, one after the other."""
        return timed(lambda: self.read(0), times)

    def query_ran(self) -> None:
        """Between the database's answer and its way into the cache."""
        self.ran += 1
        time.sleep(self.longer_seconds)


class OnSqlalchemy(Contender):
    """A contender over SQLAlchemy Core; `write` without its own commits, and tells nobody."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self.engine = self.make_engine()
        self.sessions = sessionmaker(self.engine)
        notice(self.engine, self.query_ran)

    def make_engine(self) -> Engine:
        return make_engine(self.database_url)

    def query(self, shelf: int) -> Rows:
        """The rows from the database, as plain tuples, which every cache can keep."""
        with self.sessions() as session:
            return [tuple(row) for row in session.execute(OF_SHELF, {"shelf": shelf})]

    def write(self, shelf: int, row: int, amount: int) -> None:
        with self.sessions.begin() as session:
            session.execute(
                update(item).where(item.c.id == id_of(shelf, row)).values(amount=Decimal(amount))
            )


def timed(work: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def notice(engine: Engine, query_ran: Callable[[], None]) -> None:
    """Call `query_ran` whenever the engine has run the shelves' query."""

    @event.listens_for(engine, "after_cursor_execute")
    def executed(_c: Connection, _k: object, statement: str, *_: object) -> None:
        if is_query(statement):
            query_ran()


def is_query(statement: str) -> bool:
    return statement.startswith("SELECT") and NAME in statement
