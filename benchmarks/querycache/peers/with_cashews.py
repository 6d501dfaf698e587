"""cashews: its decorator in one event loop, `delete` after the commit."""

# mypy: disable-error-code="import-not-found"

import asyncio
import time

from cashews import Cache

from benchmarks.querycache.contender import TTL_SECONDS, OnSqlalchemy, Rows

KEY = "shelf:{shelf}"


class Cashews(OnSqlalchemy):
    """`lock=True` guards a miss, but locks and unlocks around a hit too: only `fill` has it."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self._loop = asyncio.new_event_loop()
        self._cache = cache = Cache()
        cache.setup(self.cache_url)

        async def rows_of(shelf: int) -> Rows:
            return self.query(shelf)

        self._rows_of = cache(ttl=TTL_SECONDS, key=KEY)(rows_of)
        self._locked = cache(ttl=TTL_SECONDS, key=KEY, lock=True)(rows_of)

    def read(self, shelf: int) -> Rows:
        rows: Rows = self._loop.run_until_complete(self._rows_of(shelf))
        return rows

    def fill(self, shelf: int) -> Rows:
        rows: Rows = self._loop.run_until_complete(self._locked(shelf))
        return rows

    def write(self, shelf: int, row: int, amount: int) -> None:
        super().write(shelf, row, amount)
        self._loop.run_until_complete(self._cache.delete(KEY.format(shelf=shelf)))

    def burst(self, times: int) -> list[float]:
        """Awaited within one run of the loop, as in an asynchronous application."""
        return self._loop.run_until_complete(self._awaited(times))

    async def _awaited(self, times: int) -> list[float]:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            await self._rows_of(0)
            taken.append(time.perf_counter() - began)
        return taken
