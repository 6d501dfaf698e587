"""What one process of Locust counts: each worker for itself, and the master all together."""

import time

from benchmarks.load.tally import Bunch, Tally

BUSY = 503


class Counting:
    """A tally, and how many screens listen just now."""

    def __init__(self) -> None:
        self.seconds = Tally()
        self.screens = 0

    def answered(self, route: str, milliseconds: float, *, fault: str | None, status: int) -> None:
        """A request ended just now: with a fault, in words, or as it should."""
        bunch = self._now(route)
        bunch.add(milliseconds)
        if fault is not None:
            bunch.wrong[fault] += 1
            bunch.busy += status == BUSY

    def went_wrong(self, route: str, words: str) -> None:
        """Something ended that was answered well."""
        self._now(route).wrong[words] += 1

    def heard(self, arrived: float, late_ms: float) -> None:
        """A screen was told something that had happened so long before."""
        self.seconds.at(arrived).heard.add(late_ms)

    def took(self, kind: str, numbers: range) -> None:
        """A batch was acknowledged."""
        self.seconds.at(time.time()).acknowledged.append((kind, numbers.start, numbers.stop))

    def note_screens(self) -> None:
        self.seconds.at(time.time()).screens = self.screens

    def _now(self, route: str) -> Bunch:
        return self.seconds.at(time.time()).route(route)


TALLY = Counting()
