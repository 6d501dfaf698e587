"""Batches as gateways send them: 100 readings, five moments of a line's twenty sensors."""

import itertools
import threading
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from app.commands.seed.floor import lay_out
from benchmarks.instance import PLANT

READINGS = 100
# Pieces as a counter at the end of a line tells them, a few at once.
COUNTS = 5
# So many may number at once, and none uses a moment or a number of another's.
SENDERS = 64
_NUMBERS_EACH = 10**9
_MICROSECOND = timedelta(microseconds=1)

_FLOOR = [line for line in lay_out().lines if line.plant.slug == PLANT]
PLANT_ID = _FLOOR[0].plant.id
LINES = [line.line.slug for line in _FLOOR]
_SENSORS = [[sensor.slug for sensor in line.sensors] for line in _FLOOR]


class Batch(msgspec.Struct, frozen=True):
    """A batch with the numbers of what is in it, and its newest moment.

    A reading's number is its value, a count's the lower half of its id.
    """

    body: bytes
    numbers: range
    newest: datetime


class Numbering:
    """Numbers through, and uses no moment twice, whichever thread asks; one of `SENDERS`.

    `run` is the upper half of counts' ids, which may never come again.
    """

    def __init__(self, sender: int = 0, *, run: int = 0) -> None:
        if not 0 <= sender < SENDERS:
            raise ValueError(f"only {SENDERS} can send at once")
        self._sender = sender
        self._run = run
        self._lock = threading.Lock()
        self._next = sender * _NUMBERS_EACH + 1
        self._last = datetime.now(UTC)

    def batch(self, line: int) -> Batch:
        """The next batch of a line's sensors; lines are counted from 0, round and round."""
        sensors = _SENSORS[line % len(LINES)]
        numbers, moments = self._taken(READINGS, moments=READINGS // len(sensors))
        places = itertools.product(moments, sensors)
        readings = [
            {"sensor": sensor, "at": at, "value": float(number)}
            for number, (at, sensor) in zip(numbers, places, strict=True)
        ]
        return Batch(msgspec.json.encode({"readings": readings}), numbers, moments[-1])

    def counts(self, line: int, operators: Sequence[str]) -> Batch:
        """A few good pieces of a line, each made by one of the operators."""
        numbers, moments = self._taken(COUNTS, moments=COUNTS)
        output = [
            {
                "id": uuid.UUID(int=(self._run << 64) + number),
                "line": LINES[line % len(LINES)],
                "at": at,
                "good": 1,
                "operator": operators[number % len(operators)],
            }
            for number, at in zip(numbers, moments, strict=True)
        ]
        return Batch(msgspec.json.encode({"output": output}), numbers, moments[-1])

    def _taken(self, size: int, *, moments: int) -> tuple[range, list[datetime]]:
        """The next numbers, and moments from now on that are this sender's."""
        with self._lock:
            numbers = range(self._next, self._next + size)
            self._next = numbers.stop
            first = max(datetime.now(UTC), self._last + _MICROSECOND)
            first += _MICROSECOND * ((self._sender - first.microsecond) % SENDERS)
            taken = [first + _MICROSECOND * SENDERS * n for n in range(moments)]
            self._last = taken[-1]
        return numbers, taken
