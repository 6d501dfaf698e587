"""The schema: what the code thinks it is, and what it refuses."""

import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy import insert as insert_into
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain import telemetry
from app.models import Base, Call, Line, Operator, Output, Sensor, SensorAlert, Shift
from app.models.schema import migrate
from app.parts import Parts
from tests.builders import Plant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_migrations_make_what_the_models_say(parts: Parts) -> None:
    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return not (kind == "table" and str(name).startswith("reading_"))

    with parts.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "include_object": ours}
        )

        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(parts: Parts) -> None:
    migrate(parts.database.engine)


def a_call(plant: Plant, **but: object) -> Call:
    facts = {
        "line_id": plant.lines["press"],
        "station_id": plant.stations["press-s1"],
        "reason": "material",
        "raised_at": NOW,
    }
    return Call(**(facts | but))


def a_sensor(plant: Plant, **but: object) -> Sensor:
    facts = {"slug": "x", "name": "X", "metric": "x", "unit": "x"}
    return Sensor(station_id=plant.stations["press-s1"], **(facts | but))


def an_alert(plant: Plant, **but: object) -> SensorAlert:
    facts = {
        "line_id": plant.lines["press"],
        "sensor_id": plant.sensors["press-s1-pressure"],
        "kind": "high",
        "bound": 9.0,
        "worst": 9.5,
        "raised_at": NOW,
    }
    return SensorAlert(**(facts | but))


REFUSED: dict[str, Callable[[Plant], list[Base]]] = {
    "two open calls of one station and reason": lambda p: [a_call(p), a_call(p)],
    "a call resolved before it was raised": lambda p: [a_call(p, resolved_at=NOW - timedelta(1))],
    "a call acknowledged before it was raised": lambda p: [
        a_call(p, acknowledged_at=NOW - timedelta(1))
    ],
    "output below nothing": lambda p: [
        Output(id=uuid.uuid4(), line_id=p.lines["press"], at=NOW, good=-1, scrap=0)
    ],
    "output of no line": lambda p: [
        Output(id=uuid.uuid4(), line_id=p.lines["press"] + 999, at=NOW, good=1, scrap=0)
    ],
    "the same output twice": lambda p: [
        Output(id=uuid.UUID(int=7), line_id=p.lines["press"], at=NOW, good=1, scrap=0)
        for _ in range(2)
    ],
    "an unknown role": lambda p: [
        Operator(plant_id=p.id, username="eve", name="Eve", role="god", password_hash=None)
    ],
    "two people of one name": lambda p: [
        Operator(plant_id=p.id, username="vera", name="Vera", role="viewer", password_hash=None)
    ],
    "limits the wrong way round": lambda p: [a_sensor(p, low=9.0, high=1.0)],
    "a hysteresis as wide as the band": lambda p: [a_sensor(p, low=1.0, high=9.0, hysteresis=8.0)],
    "a hysteresis below nothing": lambda p: [a_sensor(p, high=9.0, hysteresis=-1.0)],
    "a hysteresis that nothing reaches": lambda p: [a_sensor(p, high=9.0, hysteresis=math.inf)],
    "a hold of more than a day": lambda p: [a_sensor(p, hold_seconds=86_401)],
    "a hold below nothing": lambda p: [a_sensor(p, hold_seconds=-1)],
    "two open alerts of one sensor": lambda p: [an_alert(p), an_alert(p, kind="low")],
    "an alert cleared before it was raised": lambda p: [an_alert(p, cleared_at=NOW - timedelta(1))],
    "a shift that ends before it starts": lambda p: [
        Shift(line_id=p.lines["press"], starts_at=NOW, ends_at=NOW, target=1)
    ],
    "two lines of one name": lambda p: [
        Line(plant_id=p.id, slug="press", name="P", position=1, target_per_hour=1)
    ],
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(parts: Parts, plant: Plant, what: str) -> None:
    *allowed, refused = REFUSED[what](plant)

    with parts.database.engine.connect() as connection:
        for row in allowed:
            insert(connection, row)
        with pytest.raises(IntegrityError):
            insert(connection, refused)


def insert(connection: Connection, row: Base) -> None:
    columns = row.__table__.columns
    given = {column.key: getattr(row, column.key) for column in columns}
    rows = {name: value for name, value in given.items() if value is not None}
    connection.execute(insert_into(type(row)).values(rows))


def test_a_resolved_call_makes_room_for_another(parts: Parts, plant: Plant) -> None:
    with parts.database.transaction() as session:
        session.add_all([a_call(plant, resolved_at=NOW), a_call(plant)])


def partition_of(session: Session, at: datetime) -> str:
    session.execute(
        text("INSERT INTO reading VALUES (1, :at, 1.0) ON CONFLICT DO NOTHING"), {"at": at}
    )
    found = session.execute(
        text("SELECT tableoid::regclass::text FROM reading WHERE at = :at"), {"at": at}
    )
    return str(found.scalar_one())


def test_a_prepared_day_has_a_partition_and_an_old_one_shares(parts: Parts) -> None:
    day = datetime(2031, 5, 6, tzinfo=UTC)
    with parts.database.transaction() as session:
        made = telemetry.prepare_days(session, first=day, last=day + timedelta(days=1))
        again = telemetry.prepare_days(session, first=day, last=day + timedelta(days=1))

        assert (made, again) == (["reading_2031_05_06", "reading_2031_05_07"], [])
        assert partition_of(session, day + timedelta(hours=5)) == "reading_2031_05_06"
        assert partition_of(session, datetime(2013, 12, 2, tzinfo=UTC)) == "reading_other"
        session.rollback()


def test_a_day_that_has_readings_already_is_left_where_it_is(parts: Parts) -> None:
    day = datetime(2032, 5, 6, tzinfo=UTC)
    with parts.database.transaction() as session:
        before = partition_of(session, day)
        made = telemetry.prepare_days(session, first=day, last=day)

        assert (before, made) == ("reading_other", [])
        assert partition_of(session, day + timedelta(hours=1)) == "reading_other"
        session.rollback()
