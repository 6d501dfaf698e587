"""The cord's migration, on a plant that works already, beside code of before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.config import Config
from app.domain import andon
from app.models import schema
from tests.models.before import a_database

BEFORE = "0006"
# As code of before writes it, down to the columns it names.
OLD_CALL = text("""
    INSERT INTO call (line_id, station_id, reason, raised_at) VALUES (1, 1, :reason, :raised_at)
""")


@pytest.fixture(scope="module")
def engine(config: Config) -> Iterator[Engine]:
    with a_database(config, revision=BEFORE) as engine:
        yield engine


def test_plants_get_types_and_calls_of_before_are_of_them(engine: Engine) -> None:
    raised_at = datetime.now(UTC) - timedelta(minutes=9)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO plant VALUES (1, 'north', 'North', 'UTC')"))
        connection.execute(text("INSERT INTO line VALUES (1, 1, 'press', 'Press', 1, 360)"))
        connection.execute(text("INSERT INTO station VALUES (1, 1, 's1', 'Station 1', 1)"))
        connection.execute(OLD_CALL, {"reason": "safety", "raised_at": raised_at})
    schema.migrate(engine)
    with Session(engine) as session:
        session.execute(OLD_CALL, {"reason": "maintenance", "raised_at": raised_at})
        late = andon.escalate(session, now=datetime.now(UTC))
        calls = andon.open_calls(session, 1)
        given = [(kind.slug, kind.response_minutes) for kind in andon.call_types(session, 1)]

    assert given == [(kind.slug, kind.response_minutes) for kind in andon.first_types(1)]
    assert {(call.type_name, call.urgency) for call in calls} == {
        ("Safety", "normal"),
        ("Maintenance", "normal"),
    }
    assert sorted(call.escalation_level for call in late) == [1, 2]


def test_it_can_be_taken_back(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        command.downgrade(schema._config(connection), BEFORE)  # noqa: SLF001 (above)

    schema.migrate(engine)
