"""The migration of planned time, on a plant that works already, beside code of before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.config import Config
from app.domain import board, stops
from app.models import schema
from tests.models.before import a_database

BEFORE = "0009"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
# As code of before writes, down to the columns it names.
OLD_SHIFT = text("""
    INSERT INTO shift (line_id, starts_at, ends_at, target) VALUES (1, :starts_at, :ends_at, 80)
""")
OLD_KEEP = text("""
    INSERT INTO line_status AS kept (line_id, state, since) VALUES (1, :state, :since)
    ON CONFLICT (line_id) DO UPDATE SET state = excluded.state, since = excluded.since
""")
OLD_STOP = text("""
    INSERT INTO stop (line_id, starts_at, ends_at, reason) VALUES (1, :starts_at, :ends_at, :reason)
""")


@pytest.fixture(scope="module")
def engine(config: Config) -> Iterator[Engine]:
    with a_database(config, revision=BEFORE) as engine:
        yield engine


def test_plants_get_reasons_and_what_is_there_stays(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO plant VALUES (1, 'north', 'North', 'UTC')"))
        connection.execute(text("INSERT INTO line VALUES (1, 1, 'press', 'Press', 1, 360)"))
        connection.execute(OLD_KEEP, {"state": "running", "since": NOW - 3 * HOUR})
        connection.execute(
            OLD_STOP,
            {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR, "reason": "machine-jam"},
        )
    schema.migrate(engine)
    with Session(engine) as session:
        given = [
            (one.slug, one.name, one.parent, one.planned)
            for group in stops.reasons(session, 1)
            for one in (group.reason, *group.closer)
        ]
        (said,) = stops.said(session, 1, NOW - 2 * HOUR, NOW)
        bands = stops.timeline(session, 1, NOW - HOUR, NOW)

    assert given == [
        (one.slug, one.name, one.parent, one.planned) for one in stops.first_reasons(1)
    ]
    assert (said.reason, said.starts_at, said.ends_at) == (
        *("Machine: Jam", NOW - 2 * HOUR, NOW - HOUR),
    )
    assert [band.state for band in bands] == ["running"]


def test_a_drain_of_before_works_beside_one_of_now(engine: Engine) -> None:
    schema.migrate(engine)
    with Session(engine) as session:
        session.execute(text("DELETE FROM shift"))
        session.execute(OLD_SHIFT, {"starts_at": NOW - 9 * HOUR, "ends_at": NOW - HOUR})
        board.judge(session, now=NOW)
        planned = session.execute(text("SELECT state, since FROM line_status")).one()
        session.execute(OLD_KEEP, {"state": "unknown", "since": NOW})
        board.judge(session, now=NOW + HOUR)
        again = session.execute(text("SELECT state, since FROM line_status")).one()
        bands = stops.timeline(session, 1, NOW - 2 * HOUR, NOW + HOUR)

    assert (planned.state, planned.since) == ("planned", NOW - HOUR)
    assert (again.state, again.since) == ("planned", NOW - HOUR)
    assert [(band.state, band.since) for band in bands][-1] == ("planned", NOW - HOUR)


def test_it_can_be_taken_back(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(OLD_KEEP, {"state": "planned", "since": NOW})
        command.downgrade(schema._config(connection), BEFORE)  # noqa: SLF001 (a step of its way)
        state = connection.scalar(text("SELECT state FROM line_status"))

    assert state == "unknown"
    schema.migrate(engine)
