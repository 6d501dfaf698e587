from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from app.parts import Parts
from benchmarks.load.stored import count

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
    assert "1 lost, 1 doubled, 1 stored without an answer: WRONG" in str(counted)


def test_what_was_there_before_is_not_counted(parts: Parts) -> None:
    store(parts, 1)

    assert count(parts, [], since=NOW + timedelta(seconds=1)) == (0, 0, 0, 0)
