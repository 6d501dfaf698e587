"""Batches as gateways send them: 100 readings, five moments of a line's twenty sensors."""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import msgspec

from app.commands.seed.floor import lay_out
from benchmarks.instance import PLANT

READINGS = 100
_MICROSECOND = timedelta(microseconds=1)

_FLOOR = [line for line in lay_out().lines if line.plant.slug == PLANT]
PLANT_ID = _FLOOR[0].plant.id
LINES = [line.line.slug for line in _FLOOR]
_SENSORS = [[sensor.slug for sensor in line.sensors] for line in _FLOOR]


class Batch(msgspec.Struct, frozen=True):
    """A batch with the numbers of its readings, which are their values, and its newest moment."""

    body: bytes
    numbers: range
    newest: datetime


class Numbering:
    """Numbers readings through, and uses no moment twice, whichever thread asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 1
        self._last = datetime.now(UTC)

    def batch(self, line: int) -> Batch:
        """The next batch of a line's sensors; lines are counted from 0, round and round."""
        sensors = _SENSORS[line % len(LINES)]
        with self._lock:
            numbers = range(self._next, self._next + READINGS)
            self._next = numbers.stop
            first = max(datetime.now(UTC), self._last + _MICROSECOND)
            moments = [first + _MICROSECOND * n for n in range(READINGS // len(sensors))]
            self._last = moments[-1]
        places = itertools.product(moments, sensors)
        readings = [
            {"sensor": sensor, "at": at, "value": float(number)}
            for number, (at, sensor) in zip(numbers, places, strict=True)
        ]
        return Batch(msgspec.json.encode({"readings": readings}), numbers, moments[-1])
