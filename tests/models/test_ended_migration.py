"""The migration of alerts that end otherwise than by readings, beside code of before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, text

from app.config import Config
from app.models import schema
from tests.models.before import a_database

BEFORE = "0013"
THEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
# As code of before writes, down to the columns it names.
OLD_ALERT = text("""
    INSERT INTO sensor_alert (line_id, sensor_id, kind, bound, worst, raised_at, cleared_at)
    VALUES (1, :sensor, :kind, 90, 95, :raised_at, :cleared_at)
""")
SENSORS = text("""
    INSERT INTO sensor (id, station_id, slug, name, metric, unit, low, high, retired_at) VALUES
    (1, 1, 'kept', '', '', '', 10, 90, NULL), (2, 1, 'retired', '', '', '', 10, 90, now()),
    (3, 1, 'free', '', '', '', 10, NULL, NULL), (4, 1, 'over', '', '', '', NULL, NULL, now()),
    (5, 1, 'calm', '', '', '', 10, 90, NULL)
""")
TURNS = text("""
    INSERT INTO sensor_status (sensor_id, at, value, turning_to, turning_since, turning_worst)
    SELECT id, now(), 50, CASE slug WHEN 'calm' THEN 'high' ELSE 'back' END, now(), 50
    FROM sensor WHERE slug <> 'over'
""")


@pytest.fixture(scope="module")
def engine(config: Config) -> Iterator[Engine]:
    with a_database(config, revision=BEFORE) as engine:
        yield engine


def test_what_nothing_would_have_ended_is_ended_and_the_rest_stays(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO plant VALUES (1, 'north', 'North', 'UTC')"))
        connection.execute(text("INSERT INTO line VALUES (1, 1, 'press', 'Press', 1, 360)"))
        connection.execute(text("INSERT INTO station VALUES (1, 1, 's1', 'Station 1', 1)"))
        connection.execute(SENSORS)
        connection.execute(TURNS)
        for sensor, over in ((1, None), (2, None), (3, None), (4, THEN + timedelta(hours=1))):
            facts = {"sensor": sensor, "kind": "high", "raised_at": THEN, "cleared_at": over}
            connection.execute(OLD_ALERT, facts)
    schema.migrate(engine)
    with engine.connect() as connection:
        alerts = connection.execute(
            text("SELECT cleared_at IS NULL, ended_because FROM sensor_alert ORDER BY sensor_id")
        ).all()
        turning = connection.scalars(
            text("SELECT sensor_id FROM sensor_status WHERE turning_to IS NOT NULL ORDER BY 1")
        ).all()

    assert [tuple(row) for row in alerts] == [
        *((True, None), (False, "retired"), (False, "limit-removed"), (False, None)),
    ]
    assert turning == [1, 5]


def test_it_can_be_taken_back_and_code_of_before_goes_on_beside_it(engine: Engine) -> None:
    schema.migrate(engine)
    facts = {"sensor": 4, "kind": "low", "raised_at": THEN, "cleared_at": None}
    with engine.begin() as connection:
        connection.execute(OLD_ALERT, facts)
        command.downgrade(schema._config(connection), BEFORE)  # noqa: SLF001 (a step of its way)

    schema.migrate(engine)
