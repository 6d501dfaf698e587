"""A cache that nobody tells of a write: what the race has to notice."""

from benchmarks.querycache.contender import Rows
from benchmarks.querycache.plain import Core


class Forgetful(Core):
    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self._kept: dict[int, Rows] = {}

    def read(self, shelf: int) -> Rows:
        if shelf not in self._kept:
            self._kept[shelf] = super().read(shelf)
        return self._kept[shelf]
