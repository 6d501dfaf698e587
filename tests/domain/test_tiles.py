"""Tiles and judging, on a real database."""

import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from app.domain import board, telemetry
from app.parts import Parts
from tests.builders import Plant

START = datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.fixture
def floor(parts: Parts, plant: Plant) -> Parts:
    """Two shifts that meet at START, and a press that makes exactly its target around it."""
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift"))
        for number in (0, 1):
            session.execute(
                text(
                    "INSERT INTO shift (line_id, starts_at, ends_at, target)"
                    " VALUES (1, :a, :b, 2880)"
                ),
                {
                    "a": START + timedelta(hours=8 * number - 8),
                    "b": START + timedelta(hours=8 * number),
                },
            )
        rows = [
            (uuid.uuid4(), plant.lines["press"], None, START + timedelta(seconds=10 * n), 1, 0)
            for n in range(-360, 90)
        ]
        telemetry.store(session, [("output", msgspec.msgpack.encode(rows))])
        session.execute(
            text("UPDATE line_status SET state = 'running', since = :at"),
            {"at": START - timedelta(hours=1)},
        )
    return parts


def judged(parts: Parts, now: datetime) -> board.Tile:
    with parts.database.transaction() as session:
        session.execute(
            text(
                "UPDATE line_status SET last_output_at = :at, last_reading_at = :at"
                " WHERE line_id = 1"
            ),
            {"at": now},
        )
        board.judge(session, now=now)
        return board.tiles(session, now=now, line_ids=[1])[0]


def test_a_line_that_keeps_its_pace_runs_through_a_change_of_shift(floor: Parts) -> None:
    states = {
        minutes: judged(floor, START + timedelta(minutes=minutes)).state
        for minutes in (-5, -1, 0, 1, 3, 6, 10)
    }

    assert set(states.values()) == {"running"}


def test_pieces_and_target_begin_anew_with_the_shift(floor: Parts) -> None:
    before = judged(floor, START - timedelta(seconds=10))
    after = judged(floor, START + timedelta(minutes=10))

    assert (before.actual, before.target) == (360, 2879)
    assert (after.target, after.shift_target) == (60, 2880)
    assert after.actual == 90  # pieces of a clock that is up to five minutes ahead count too


def test_without_a_shift_there_is_no_target(floor: Parts) -> None:
    tile = judged(floor, START + timedelta(hours=9))

    assert (tile.target, tile.shift_target, tile.shift_ends) == (None, None, None)


def test_the_target_rests_in_a_break(floor: Parts) -> None:
    with floor.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO shift_break (shift_id, starts_at, ends_at)"
                " SELECT id, starts_at + interval '1 hour', starts_at + interval '3 hours'"
                " FROM shift"
            )
        )
    told = [judged(floor, START + timedelta(hours=hours)) for hours in (1, 2, 3, 5.5, 7.999999)]

    # 2,880 pieces in the six hours that are left of eight.
    assert [tile.target for tile in told] == [480, 480, 480, 1680, 2879]
    assert [tile.planned_for for tile in told] == ["Break", "Break", None, None, None]
    assert {tile.shift_target for tile in told} == {2880}


def test_a_shift_without_a_target_has_none_which_is_not_nothing(floor: Parts) -> None:
    with floor.database.transaction() as session:
        session.execute(text("UPDATE shift SET target = 0"))
    tile = judged(floor, START + timedelta(minutes=10))

    assert (tile.target, tile.shift_target) == (None, None)


def test_a_line_whose_shift_is_over_is_planned_however_silent(floor: Parts) -> None:
    with floor.database.transaction() as session:
        (press, weld) = board.tiles(session, now=START + timedelta(hours=9), plant="north")

    assert (press.state, press.planned_for, press.since) == (
        *("planned", "No shift", START + timedelta(hours=8)),
    )
    assert press.unknown_after is None
    # Nobody ever gave the other a shift: it is judged by what is heard of it alone.
    assert (weld.state, weld.planned_for) == ("unknown", None)


def test_a_planned_stop_is_one_until_it_is_ended(floor: Parts) -> None:
    now = START + timedelta(hours=2)
    with floor.database.transaction() as session:
        session.execute(text("UPDATE line_status SET last_reading_at = :at"), {"at": now})
        before = board.tiles(session, now=now, line_ids=[1])[0]
        session.execute(
            text(
                "INSERT INTO planned_stop (line_id, reason, begins_at)"
                " VALUES (1, 'planned-changeover', :at)"
            ),
            {"at": START + timedelta(hours=1)},
        )
        declared = board.tiles(session, now=now, line_ids=[1])[0]
        session.execute(text("UPDATE planned_stop SET ends_at = :at"), {"at": now})
        session.execute(
            text("UPDATE line_status SET last_reading_at = :at"), {"at": now + timedelta(minutes=2)}
        )
        over = board.tiles(session, now=now + timedelta(minutes=2), line_ids=[1])[0]

    assert (before.state, before.planned_for) == ("stopped", None)
    assert (declared.state, declared.planned_for) == ("planned", "Changeover")
    assert (over.state, over.since, over.planned_for) == ("stopped", now, None)


def test_a_clock_that_is_ahead_does_not_hide_silence(parts: Parts, plant: Plant) -> None:
    now = datetime.now(UTC)
    rows = [(plant.sensors["press-s1-temperature"], now + timedelta(minutes=4), 20.0)]
    with parts.database.transaction() as session:
        telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])
        later = now + board.UNKNOWN_AFTER + timedelta(seconds=5)
        tile = board.tiles(session, now=later, plant="north")[0]

    assert tile.state == "unknown"


def test_a_breach_is_told_by_the_limits() -> None:
    def sensor(value: float | None) -> board.SensorView:
        return board.SensorView(
            id=1,
            slug="x",
            name="X",
            metric="x",
            unit="x",
            low=10.0,
            high=90.0,
            value=value,
            at=None,
        )

    assert [sensor(v).breach for v in (9.9, 10.0, 90.0, 90.1, None)] == [
        "low",
        None,
        None,
        "high",
        None,
    ]
