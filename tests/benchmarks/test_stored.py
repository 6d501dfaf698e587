import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from app.parts import Parts
from benchmarks.load.stored import count
from tests.builders import a_plant

NOW = datetime.now(UTC)


def store(parts: Parts, *numbers: int) -> None:
    with parts.database.transaction() as session:
        for place, number in enumerate(numbers):
            session.execute(
                text("INSERT INTO reading (sensor_id, at, value) VALUES (1, :at, :value)"),
                {"at": NOW + timedelta(microseconds=place), "value": number},
            )


def test_what_was_acknowledged_and_is_there_once_is_right(parts: Parts) -> None:
    store(parts, 1, 2, 3, 4)

    assert count(parts, [range(1, 3), range(3, 5)], since=NOW) == (4, 0, 0, 0)


def test_a_reading_that_is_missing_doubled_or_unsaid_is_counted(parts: Parts) -> None:
    store(parts, 1, 3, 3, 9)
    counted = count(parts, [range(1, 4)], since=NOW)

    assert counted == (3, 1, 1, 1)
    assert not counted.is_right
    assert "1 lost, 1 doubled, 1 stored without an answer" in str(counted)


def test_what_was_there_before_is_not_counted(parts: Parts) -> None:
    store(parts, 1)

    assert count(parts, [], since=NOW + timedelta(seconds=1)) == (0, 0, 0, 0)


def test_a_count_of_pieces_that_is_missing_is_lost(parts: Parts) -> None:
    with parts.database.transaction() as session:
        a_plant(session)
        for number in (1, 3):
            session.execute(
                text(
                    "INSERT INTO output (id, line_id, at, good, scrap) VALUES (:id, 1, :at, 1, 0)"
                ).execution_options(cache_tags=()),
                {"id": uuid.UUID(int=(7 << 64) + number), "at": NOW},
            )

    assert count(parts, [range(1, 4)], since=NOW, kind="output") == (3, 1, 0, 0)
