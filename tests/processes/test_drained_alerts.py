"""Alerts through kills of the drain: each once, however often its readings come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select

from app.domain import plants, telemetry
from app.models import By, SensorAlert
from tests.processes.conftest import Instance, until

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=12)
SENSOR = "press-s1-temperature"
EPISODES, BATCHES = 60, 4


def an_episode(number: int) -> Iterator[list[tuple[timedelta, float]]]:
    """A hundred seconds in batches: of them forty beyond the limit, from the 30th on."""
    values = [95.0 if 30 <= second < 70 else 50.0 for second in range(100)]
    size = len(values) // BATCHES
    for first in range(0, len(values), size):
        yield [
            (timedelta(seconds=100 * number + second), values[second])
            for second in range(first, first + size)
        ]


def land(instance: Instance, episodes: range) -> None:
    sensor = instance.plant.sensors[SENSOR]
    for batch in (batch for number in episodes for batch in an_episode(number)):
        rows = [(sensor, START + after, value) for after, value in batch]
        instance.parts.landing.add(msgspec.msgpack.encode(rows), source="north", kind="readings")


def test_a_drain_killed_at_work_raises_each_alert_once(instance: Instance) -> None:
    waiting = instance.parts.landing.waiting
    half = EPISODES // 2
    for episodes in (range(half), range(half, EPISODES)):
        land(instance, episodes)
        land(instance, episodes)  # as a gateway does that heard no answer
        before = waiting()
        instance.start("drain")
        until(lambda before=before: waiting() < before)  # type: ignore[misc]
        instance.kill("drain")
    instance.start("drain")
    until(lambda: waiting() == 0)
    with instance.parts.database.transaction() as session:
        alerts = session.scalars(select(SensorAlert).order_by(SensorAlert.raised_at)).all()

    assert [
        ((alert.raised_at - START).total_seconds(), (alert.cleared_at - START).total_seconds())
        for alert in alerts
        if alert.cleared_at
    ] == [(100 * number + 40, 100 * number + 80) for number in range(EPISODES)]


def retire(instance: Instance, *, back: bool = False) -> None:
    with instance.parts.database.transaction() as session:
        now = datetime.now(UTC)
        number = instance.plant.sensors[SENSOR]
        place = plants.find_place(session, "north", plants.SENSORS, number, locked=True)
        change = plants.bring_back if back else plants.retire
        change(session, place, by=By(None, now))
        session.flush()
        telemetry.end_alerts(session, instance.plant.lines["press"], now=now)


def test_a_sensor_retired_while_drains_are_killed_has_ended_its_alert_once(
    instance: Instance,
) -> None:
    waiting = instance.parts.landing.waiting

    def land_beyond(seconds: range) -> None:
        for second in seconds:
            rows = [(instance.plant.sensors[SENSOR], START + timedelta(seconds=second), 95.0)]
            instance.parts.landing.add(
                msgspec.msgpack.encode(rows), source="north", kind="readings"
            )

    def drain(*, killed: bool) -> None:
        before = waiting()
        instance.start("drain")
        until(lambda: waiting() < before if killed else waiting() == 0)
        instance.kill("drain")

    land_beyond(range(11))
    drain(killed=False)
    land_beyond(range(11, 1000))
    drain(killed=True)
    instance.start("drain")
    retire(instance)
    until(lambda: waiting() == 0)
    retire(instance, back=True)
    land_beyond(range(1000, 1011))
    until(lambda: waiting() == 0)
    with instance.parts.database.transaction() as session:
        alerts = session.scalars(select(SensorAlert).order_by(SensorAlert.id)).all()

    assert [(one.ended_because, one.cleared_at is None) for one in alerts] == [
        ("retired", False),
        (None, True),
    ]
    assert [one.raised_at for one in alerts] == [
        START + timedelta(seconds=second) for second in (10, 1010)
    ]
