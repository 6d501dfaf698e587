"""How often a caller may ask, counted in the cache that all instances share."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from app.cache.breaker import Breaker
from app.streams import PASSING, Client
from app.streams.script import Script
from app.streams.turns import TAKE, Quota, Standing, standing

COUNTED = "rates:counted"
# How often a process adds up what it counted.
TELL_EVERY = timedelta(seconds=1)

_TAKE = Script(TAKE + "return take(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))")


class Rates:
    """Counts requests; while the cache is away they are let through, and that is counted too."""

    def __init__(self, redis: Client, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._clock = clock
        self._breaker = Breaker(clock)
        self._lock = threading.Lock()
        self._untold: Counter[str] = Counter()
        self._told_at = float("-inf")

    def take(self, quota: Quota, caller: str) -> Standing | None:
        """How the caller stands after this request; None where nobody counts."""
        if not quota.most:
            return None
        if not self._breaker.lets_through():
            self._count("let_through")
            return None
        try:
            taken = _TAKE.run(self._redis, [f"rates:{quota.name}:{caller}"], *quota.terms)
            self._tell()
        except PASSING:
            self._breaker.failed()
            self._count("let_through")
            return None
        self._breaker.worked()
        stands = standing(quota, taken)
        if stands.is_refused:
            self.refused()
        return stands

    def refused(self) -> None:
        """Count one that was refused where it was counted."""
        self._count("refused")

    def _count(self, what: str) -> None:
        with self._lock:
            self._untold[what] += 1

    def _tell(self) -> None:
        """Add what this process counted to what all did, now and then."""
        if not self._untold or self._clock() - self._told_at < TELL_EVERY.total_seconds():
            return
        with self._lock:
            untold, self._untold = self._untold, Counter()
            self._told_at = self._clock()
        for what, count in untold.items():
            self._redis.hincrby(COUNTED, what, count)


def counted(redis: Client) -> dict[str, int]:
    """How many requests were `refused`, and how many `let_through` while the cache was away."""
    found = redis.hgetall(COUNTED)
    return {what: int(found.get(what.encode(), 0)) for what in ("refused", "let_through")}
