"""What others do: delete the key after the commit. The harness must see that it goes stale."""

import time
from collections.abc import Callable
from functools import partial

from dogpile.cache import make_region
from flask import Flask
from flask_caching import Cache

from tests.cache.floor import Floor

# A query that takes a moment longer: the window that a writer's delete falls into.
QUERY_SECONDS = 0.005


class Peer(Floor):
    """A floor whose rows are cached by somebody else."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self.asked = 0
        self.missed = 0
        self.look, self.expel = self.cached(cache_url.replace("valkey://", "redis://"))

    def cached(self, url: str) -> tuple[Callable[[int], int], Callable[[int], object]]:
        """How this peer answers for a row, and how it is told that the row has changed."""
        raise NotImplementedError

    def read(self, id_: int) -> int:
        self.asked += 1
        return self.look(id_)

    def query(self, id_: int) -> int:
        self.missed += 1
        value = self.truth(id_)
        time.sleep(QUERY_SECONDS)
        return value

    def hits(self) -> int:
        return self.asked - self.missed

    def write(self, id_: int) -> int:
        committed = super().write(id_)
        self.expel(id_)
        return committed

    def bracket(self) -> dict[str, object]:
        return {}


class CacheAside(Peer):
    """The textbook's."""

    def cached(self, url: str) -> tuple[Callable[[int], int], Callable[[int], object]]:
        redis = self.redis()

        def look(id_: int) -> int:
            held = redis.get(f"aside:{id_}")
            if held is not None:
                return int(held)
            value = self.query(id_)
            redis.set(f"aside:{id_}", value, ex=300)
            return value

        return look, lambda id_: redis.delete(f"aside:{id_}")


class Memoized(Peer):
    """Flask-Caching's `memoize` and `delete_memoized`."""

    def cached(self, url: str) -> tuple[Callable[[int], int], Callable[[int], object]]:
        app = Flask(__name__)
        cache = Cache(app, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url})
        app.app_context().push()

        @cache.memoize(timeout=300)
        def number_of(id_: int) -> int:
            return self.query(id_)

        return number_of, partial(cache.delete_memoized, number_of)


class Region(Peer):
    """dogpile.cache's `get_or_create` under its distributed lock, and `delete`."""

    def cached(self, url: str) -> tuple[Callable[[int], int], Callable[[int], object]]:
        region = make_region().configure(
            "dogpile.cache.redis",
            expiration_time=300,
            arguments={"url": url, "distributed_lock": True, "thread_local_lock": False},
        )

        def look(id_: int) -> int:
            return int(region.get_or_create(f"row:{id_}", partial(self.query, id_)))

        return look, lambda id_: region.delete(f"row:{id_}")
