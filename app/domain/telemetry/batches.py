"""Batches: checked on the way in, and spelled for the landing stream."""

import math
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from app.domain.telemetry.directory import Directory
from app.domain.telemetry.forms import OUTPUT, READINGS, BadItem, OutputSent, ReadingSent, refused

# A device's clock may be a little ahead; an hour ahead is a wrong clock, and would hide what
# is measured until then.
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class ReadingLanded(NamedTuple):
    sensor_id: int
    at: datetime
    value: float


class OutputLanded(NamedTuple):
    id: uuid.UUID
    line_id: int
    operator_id: int | None
    at: datetime
    good: int
    scrap: int


class Accepted(NamedTuple):
    """A batch that may land: how many items, and their spelling in msgpack."""

    items: int
    batch: bytes


Sent = TypeVar("Sent", ReadingSent, OutputSent)
Landed = TypeVar("Landed", ReadingLanded, OutputLanded)

_encoder = msgspec.msgpack.Encoder()
_readings = msgspec.msgpack.Decoder(list[ReadingLanded])
_output = msgspec.msgpack.Decoder(list[OutputLanded])


def accept_readings(body: bytes, *, names: Directory, plant_id: int, now: datetime) -> Accepted:
    """Check a batch of readings and spell it for landing; raises `Refused`."""

    def landed(index: int, item: ReadingSent) -> ReadingLanded | BadItem:
        sensor_id = names.sensor(plant_id, item.sensor)
        if sensor_id is None:
            return BadItem(index, "sensor", f"no sensor of this plant is called {item.sensor!r}")
        if wrong := _wrong_moment(item.at, now):
            return BadItem(index, "at", wrong)
        if not math.isfinite(item.value):
            return BadItem(index, "value", "is not a finite number")
        return ReadingLanded(sensor_id, item.at.astimezone(UTC), item.value)

    return _land(READINGS.read(body), landed)


def accept_output(body: bytes, *, names: Directory, plant_id: int, now: datetime) -> Accepted:
    """Check a batch of counted pieces and spell it for landing; raises `Refused`."""

    def landed(index: int, item: OutputSent) -> OutputLanded | BadItem:
        line_id = names.line(plant_id, item.line)
        if line_id is None:
            return BadItem(index, "line", f"no line of this plant is called {item.line!r}")
        if wrong := _wrong_moment(item.at, now):
            return BadItem(index, "at", wrong)
        operator_id = None
        if item.operator is not None:
            operator_id = names.operator(plant_id, item.operator)
            if operator_id is None:
                return BadItem(index, "operator", f"nobody here is called {item.operator!r}")
        at = item.at.astimezone(UTC)
        return OutputLanded(item.id, line_id, operator_id, at, item.good, item.scrap)

    return _land(OUTPUT.read(body), landed)


def landed_readings(batch: bytes) -> list[ReadingLanded]:
    """The readings of a landed batch; raises `msgspec.DecodeError` for anything else."""
    return _readings.decode(batch)


def landed_output(batch: bytes) -> list[OutputLanded]:
    """The counts of a landed batch; raises `msgspec.DecodeError` for anything else."""
    return _output.decode(batch)


def _land(sent: Sequence[Sent], check: Callable[[int, Sent], Landed | BadItem]) -> Accepted:
    checked = [check(index, item) for index, item in enumerate(sent)]
    bad = [item for item in checked if isinstance(item, BadItem)]
    if bad:
        raise refused(bad)
    return Accepted(len(checked), _encoder.encode(checked))


def _wrong_moment(at: datetime, now: datetime) -> str | None:
    if at > now + AHEAD:
        return f"{at.isoformat()} is in the future"
    if at < EARLIEST:
        return f"{at.isoformat()} is before {EARLIEST.year}"
    return None
