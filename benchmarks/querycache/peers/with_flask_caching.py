"""flask-caching: `memoize`, and `delete_memoized` after the commit."""

# mypy: disable-error-code="import-not-found"

from typing import Any

from flask import Flask
from flask_caching import Cache

from benchmarks.querycache.contender import TTL_SECONDS, OnSqlalchemy, Rows


class FlaskCaching(OnSqlalchemy):
    """It has nothing against many that miss at once."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        application = Flask(__name__)
        cache = Cache(
            application, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": self.cache_url}
        )
        application.app_context().push()
        self._cache = cache

        def rows_of(shelf: int) -> Rows:
            return self.query(shelf)

        self._rows_of: Any = cache.memoize(TTL_SECONDS)(rows_of)

    def read(self, shelf: int) -> Rows:
        rows: Rows = self._rows_of(shelf)
        return rows

    def write(self, shelf: int, row: int, amount: int) -> None:
        super().write(shelf, row, amount)
        self._cache.delete_memoized(self._rows_of, shelf)
