"""How it goes, a line every few seconds, read from the files as they grow."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.load.files import DELIVERIES, SAMPLES

TELL_SECONDS = 5.0


class Grown:
    """What was added to a file of lines since it was last asked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = file.stat().st_size if file.exists() else 0

    def lines(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        with self._file.open("rb") as opened:
            opened.seek(self._read)
            whole, _, _ = opened.read().rpartition(b"\n")
        self._read += len(whole) + bool(whole)
        return [json.loads(line) for line in whole.splitlines()]


class Progress:
    """Tells the terminal; counts are of all seconds that were written so far."""

    def __init__(self, folder: Path) -> None:
        self._samples, self._heard = Grown(folder / SAMPLES), Grown(folder / DELIVERIES)
        self._began = self._told = time.monotonic()
        self.counts: Counter[str] = Counter()
        self._screens = 0

    def tell(self, *, at_once: bool = False) -> None:
        """A line, if it is time for one."""
        now = time.monotonic()
        if not at_once and now - self._told < TELL_SECONDS:
            return
        self._told = now
        slowest = self._take_in()
        print(
            f"{now - self._began:4.0f} s: {self.counts['requests']:,} requests, "
            f"{self.counts['errors']:,} went wrong, {self.counts['busy']:,} of them with 503; "
            f"{self._screens:,} screens heard {self.counts['events']:,} events; "
            f"slowest just now {slowest:,.0f} ms",
            flush=True,
        )

    def _take_in(self) -> float:
        samples = self._samples.lines()
        for sample in samples:
            for name in ("requests", "errors", "busy"):
                self.counts[name] += sample.get(name, 0)
        for heard in self._heard.lines():
            self.counts["events"] += heard["events"]
            # In the quiet at the end nobody listens any more.
            self._screens = heard["screens"] or self._screens
        return max((sample["max_ms"] for sample in samples), default=0.0)
