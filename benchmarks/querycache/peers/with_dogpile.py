"""dogpile.cache: `cache_on_arguments` with its distributed lock, `invalidate` after the commit."""

# mypy: disable-error-code="import-not-found"

from typing import Any

from dogpile.cache import make_region

from benchmarks.querycache.contender import TTL_SECONDS, OnSqlalchemy, Rows


class Dogpile(OnSqlalchemy):
    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        region = make_region().configure(
            "dogpile.cache.redis",
            expiration_time=TTL_SECONDS,
            # The lock is taken on a miss only, and costs a hit nothing.
            arguments={
                "url": self.cache_url,
                "distributed_lock": True,
                "thread_local_lock": False,
            },
        )

        def rows_of(shelf: int) -> Rows:
            return self.query(shelf)

        self._rows_of: Any = region.cache_on_arguments()(rows_of)

    def read(self, shelf: int) -> Rows:
        rows: Rows = self._rows_of(shelf)
        return rows

    def write(self, shelf: int, row: int, amount: int) -> None:
        super().write(shelf, row, amount)
        self._rows_of.invalidate(shelf)
