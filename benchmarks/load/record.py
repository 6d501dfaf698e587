"""What happened under load, from all threads."""

import threading
from collections import Counter, defaultdict
from datetime import datetime
from http import HTTPStatus

from benchmarks.rounds import percentile

BUSY = HTTPStatus.SERVICE_UNAVAILABLE


class Record:
    """Answers by route, events at screens, and the batches that were acknowledged."""

    def __init__(self) -> None:
        self.events = 0
        self.late_ms: list[float] = []
        self.acknowledged: list[range] = []
        # The newest moment of each batch: a screen that shows it shows that batch.
        self.sent: set[datetime] = set()
        self.errors: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ms: dict[str, list[float]] = defaultdict(list)
        self._busy: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def answered(self, route: str, seconds: float, status: int, *, expected: int) -> None:
        """A request was answered with this status, or, as status 0, not at all."""
        with self._lock:
            self._ms[route].append(seconds * 1000)
            if status == BUSY:
                self._busy[route] += 1
            elif status != expected:
                self._failed[route] += 1
                self.errors[f"{route}: {status or 'no answer'}"] += 1

    def took(self, numbers: range) -> None:
        """A batch was acknowledged."""
        with self._lock:
            self.acknowledged.append(numbers)

    def so_far(self) -> str:
        """One line for the terminal."""
        with self._lock:
            requests = sum(len(times) for times in self._ms.values())
            return (
                f"{requests:,} requests, {len(self.acknowledged):,} batches acknowledged, "
                f"{self.events:,} events, {self._busy.total():,} times 503, "
                f"{self.errors.total():,} errors"
            )

    def rows(self) -> list[list[str]]:
        """One row a route: requests, 503, errors, and how long they took."""
        return [
            [
                route,
                f"{len(times):,}",
                f"{self._busy[route]:,}",
                f"{self._failed[route]:,}",
                *(f"{percentile(times, percent):.0f}" for percent in (50, 95, 99)),
            ]
            for route, times in sorted(self._ms.items())
        ]
