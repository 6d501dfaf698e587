"""This project's query cache."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from app.cache import Policy, Query, Store, bracketed, install
from benchmarks.querycache.contender import TTL_SECONDS, OnSqlalchemy, Rows, timed
from benchmarks.querycache.table import OF_SHELF, make_engine

POLICY = Policy(name="shelf", fresh_for=timedelta(seconds=TTL_SECONDS))


class Strict(OnSqlalchemy):
    """Epoch, answer and tokens from the server each time."""

    policy = POLICY

    def __init__(self, database_url: str, cache_url: str) -> None:
        self._store = Store(cache_url)
        super().__init__(database_url, cache_url)
        self._cache = install(self._store, self.engine, self.sessions)
        self._query = Query(OF_SHELF, policy=self.policy)

    def make_engine(self) -> Engine:
        return make_engine(self.database_url, **bracketed(self._store))

    def read(self, shelf: int) -> Rows:
        with self.sessions() as session:
            return self._cache.rows(session, self._query, shelf=shelf)

    def amount(self, row: Any) -> int:  # noqa: ANN401 (the record type is made at run time)
        return int(row.amount)

    def burst(self, times: int) -> list[float]:
        with self.sessions() as session:
            return timed(self._hit(session), times)

    def _hit(self, session: Any) -> Callable[[], Rows]:  # noqa: ANN401
        return lambda: self._cache.rows(session, self._query, shelf=0)
