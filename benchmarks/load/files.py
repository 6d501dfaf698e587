"""What the load saw, appended to a run's folder second by second; others may append beside."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.load.tally import Second, Tally

SAMPLES, DELIVERIES = "samples.jsonl", "deliveries.jsonl"
ERRORS, ACKNOWLEDGED = "errors.jsonl", "acknowledged.jsonl"


class Files:
    """The lines of a run; each is whole, or was the last of one that was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, tally: Tally, *, older_than_seconds: float = 0.0) -> None:
        """Write the seconds that are over for so long, and forget them."""
        for at, second in tally.take(before=time.time() - older_than_seconds):
            append(self._folder / SAMPLES, _samples(at, second))
            append(self._folder / ERRORS, _errors(at, second))
            append(self._folder / ACKNOWLEDGED, _acknowledged(at, second))
            if second.heard.size or second.screens:
                append(self._folder / DELIVERIES, [_heard(at, second)])


def append(file: Path, facts: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    """Add lines in one go, so that those of two writers do not mix."""
    lines = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in facts)
    if not lines:
        return
    opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(opened, lines.encode())
    finally:
        os.close(opened)


def _samples(at: int, second: Second) -> Iterator[dict[str, Any]]:
    for route, bunch in sorted(second.routes.items()):
        counts = {"requests": bunch.size, "errors": bunch.wrong.total(), "busy": bunch.busy}
        yield {"at": at, "route": route, **counts, **bunch.percentiles()}


def _errors(at: int, second: Second) -> Iterator[dict[str, Any]]:
    for route, bunch in sorted(second.routes.items()):
        for words, times in bunch.wrong.items():
            yield {"at": at, "route": route, "words": words, "times": times}


def _acknowledged(at: int, second: Second) -> Iterator[dict[str, Any]]:
    for kind, start, stop in second.acknowledged:
        yield {"at": at, "kind": kind, "start": start, "stop": stop}


def _heard(at: int, second: Second) -> dict[str, Any]:
    found = second.heard.percentiles()
    del found["max_ms"]
    return {"at": at, "events": second.heard.size, **found, "screens": second.screens}
