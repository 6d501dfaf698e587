"""This project's query cache, under each of its policies of nearness."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from app.cache import Policy, Query, bracketed, install, open_store
from benchmarks.querycache.contender import TTL_SECONDS, OnSqlalchemy, Rows, notice, timed
from benchmarks.querycache.table import OF_SHELF, make_engine

FRESH_FOR = timedelta(seconds=TTL_SECONDS)


class Strict(OnSqlalchemy):
    """Epoch, tokens and answer from the server each time."""

    policy = Policy(fresh_for=FRESH_FOR)

    def __init__(self, database_url: str, cache_url: str) -> None:
        self._store = open_store(cache_url)
        super().__init__(database_url, cache_url)
        aside = make_engine(database_url)
        notice(aside, self.query_ran)
        # It does not check itself here: a check is a read of the database, one in ten thousand.
        self._cache = install(self._store, self.engine, self.sessions, aside=aside, check_one_in=0)
        self._query = Query(OF_SHELF, name="shelf", policy=self.policy)

    def make_engine(self) -> Engine:
        return make_engine(self.database_url, **bracketed(self._store))

    def read(self, shelf: int) -> Rows:
        with self.sessions() as session:
            return self._cache.rows(session, self._query, shelf=shelf)

    def amount(self, row: Any) -> int:  # noqa: ANN401 (the record type is made at run time)
        return int(row.amount)

    def burst(self, times: int) -> list[float]:
        """In one session, which a hit never lets connect."""
        with self.sessions() as session:
            return timed(lambda: self._cache.rows(session, self._query, shelf=0), times)


class Validated(Strict):
    """Decoded in the process, and proved by the tokens alone."""

    policy = Policy(fresh_for=FRESH_FOR, near="validated")


class Tracked(Strict):
    """Without a word to the server, in a request that had one already: the one for its session."""

    policy = Policy(fresh_for=FRESH_FOR, near="tracked")

    def read(self, shelf: int) -> Rows:
        with self._cache.noting():
            self._talk()
            return super().read(shelf)

    def burst(self, times: int) -> list[float]:
        """In one request; its first word is not counted."""
        with self._cache.noting():
            self._talk()
            return super().burst(times)

    def _talk(self) -> None:
        wire = self._store.wire()
        if wire is not None:
            wire.client.ping()
