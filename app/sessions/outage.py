"""What is thought of a store that does not answer."""

import threading
import time

from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterError,
    MaxConnectionsError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut

# What passes by itself: away, restarting, full, demoted by a failover, a cluster that is not whole.
PASSING = (
    *(Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError),
    *(ClusterError, RedisClusterException, AskError, TryAgainError, MaxConnectionsError),
)

FAILURES = 5
PAUSE_SECONDS = 1.0


class SessionsAway(Exception):
    """The sessions cannot be read or kept just now; nothing is known of any of them."""


class Breaker:
    """Spares callers a store that is away: after some failures, one a second finds out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._again_at = 0.0

    def check(self) -> None:
        """Return if the store may be asked; raise `SessionsAway` if it was away a moment ago."""
        if self._in_a_row < FAILURES:
            return
        with self._lock:
            now = time.monotonic()
            if now < self._again_at:
                raise SessionsAway("the store did not answer a moment ago")
            self._again_at = now + PAUSE_SECONDS

    def worked(self) -> None:
        self._in_a_row = 0

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            self._again_at = time.monotonic() + PAUSE_SECONDS
