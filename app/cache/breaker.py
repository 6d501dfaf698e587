"""A circuit breaker: an outage costs one time-out now and then, not one a request."""

import threading
from collections.abc import Callable
from datetime import timedelta

FAILURES = 3
PAUSE = timedelta(seconds=1)


class Breaker:
    """Open after some failures in a row; then one caller a pause finds out whether it is over."""

    def __init__(
        self, clock: Callable[[], float], *, failures: int = FAILURES, pause: timedelta = PAUSE
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._pause = pause.total_seconds()
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._again_at = 0.0

    def lets_through(self) -> bool:
        """Whether to try; while open, true for one caller a pause."""
        if self._in_a_row < self._failures:
            return True
        with self._lock:
            now = self._clock()
            if now < self._again_at:
                return False
            self._again_at = now + self._pause
            return True

    def worked(self) -> None:
        self._in_a_row = 0

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._failures:
                self._again_at = self._clock() + self._pause
