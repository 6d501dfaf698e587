"""Readings of a sensor, stored as a drain stores them."""

from datetime import timedelta

import msgspec
import pytest

from app.domain import telemetry
from app.parts import Parts
from tests.builders import Plant
from tests.domain.measured import SENSOR, START, Row, Store


@pytest.fixture
def store(parts: Parts, plant: Plant) -> Store:
    """Stores readings, given as seconds after `START` and value, as one batch."""

    def stored(*rows: Row, sensor: str = SENSOR) -> None:
        batch = [
            (plant.sensors[sensor], START + timedelta(seconds=at), value) for at, value in rows
        ]
        with parts.database.transaction() as session:
            telemetry.store(session, [("readings", msgspec.msgpack.encode(batch))])

    return stored
