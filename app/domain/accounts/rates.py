"""How often a caller may ask: so many in a window, at once or spread over it.

Counted in the cache that all instances share, by the generic cell rate algorithm (GCRA; ITU-T
I.371, and the ATM Forum's Traffic Management 4.1): all it keeps of a caller is one moment, the one
at which the next request would be in turn if all of them came evenly.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from app.cache.breaker import Breaker
from app.streams import PASSING, Client
from app.streams.script import Script

COUNTED = "rates:counted"
# How often a process adds up what it counted.
TELL_EVERY = timedelta(seconds=1)

# By the server's own clock, as instances have one each. ARGV: microseconds between two requests
# that come evenly, and how many may come at once. Gives how many more may come now, and in how
# many microseconds one may, and all may.
_TAKE = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local apart, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = turn + apart - now - apart * most
if wait > 0 then return {-1, wait, turn - now} end
turn = turn + apart
redis.call('SET', KEYS[1], string.format('%.0f', turn), 'PX', math.ceil((turn - now) / 1000))
return {math.floor((apart * most - (turn - now)) / apart), 0, turn - now}
""")


class Quota(NamedTuple):
    """So many requests in a window; none are counted where `most` is 0."""

    name: str
    most: int
    window: timedelta


class Standing(NamedTuple):
    """How a caller stands: how many more may come now, in seconds when one may, and when all."""

    quota: Quota
    left: int
    wait_seconds: int
    full_in_seconds: int

    @property
    def is_refused(self) -> bool:
        return self.wait_seconds > 0


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
        apart = round(quota.window / timedelta(microseconds=1) / quota.most)
        try:
            left, wait, full = _TAKE.run(
                self._redis, [f"rates:{quota.name}:{caller}"], apart, quota.most
            )
            self._tell()
        except PASSING:
            self._breaker.failed()
            self._count("let_through")
            return None
        self._breaker.worked()
        if wait:
            self._count("refused")
        return Standing(quota, max(0, left), math.ceil(wait / 1e6), math.ceil(full / 1e6))

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
