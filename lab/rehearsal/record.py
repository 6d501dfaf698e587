"""What the people, gateways and screens of the rehearsal met with, from all threads."""

import threading
import time
from collections import Counter

SHOWN = 10


class Record:
    """Counts what was asked, and keeps what failed, with when and during what."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.versions: Counter[str] = Counter()
        self.acknowledged: list[range] = []
        self.streams_ended = 0
        self.during = "start"
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def answered(self, what: str, status: int, *, expected: int) -> bool:
        """Note an answer; any but the expected one has failed."""
        if status != expected:
            self.failed(what, f"{status} instead of {expected}")
        else:
            with self._lock:
                self._asked[what] += 1
        return status == expected

    def failed(self, what: str, why: str) -> None:
        """Note what should not have happened."""
        with self._lock:
            self._asked[what] += 1
            seconds = time.monotonic() - self._began
            self.failures.append(f"{seconds:5.1f} s, {self.during}: {what}: {why}")

    def took(self, numbers: range) -> None:
        """The readings of these numbers were acknowledged."""
        with self._lock:
            self.acknowledged.append(numbers)

    def ran(self, version: str) -> None:
        """An instance of this version answered."""
        with self._lock:
            self.versions[version] += 1

    def stream_ended(self) -> None:
        """A stream ended, which is no failure: pages come back by themselves."""
        with self._lock:
            self.streams_ended += 1

    def asked(self) -> str:
        """How often what was asked, in one line."""
        with self._lock:
            counts = ", ".join(f"{count:,} x {what}" for what, count in sorted(self._asked.items()))
            return (
                f"{self._asked.total():,} requests ({counts}), {self.streams_ended} streams ended"
            )

    def first_failures(self) -> list[str]:
        """What failed first, one line each, and how much more there was."""
        with self._lock:
            more = len(self.failures) - SHOWN
            return self.failures[:SHOWN] + ([f"... and {more} more"] if more > 0 else [])
