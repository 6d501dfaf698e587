"""Roll-ups and stops: always what the rows themselves say, however those came in."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain import telemetry
from app.parts import Parts
from tests.builders import Plant
from tests.commands.conftest import Shell

START = datetime(2026, 3, 2, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

RAW = {
    "reading_hour": """
        SELECT sensor_id, date_trunc('hour', at), count(*), min(value), max(value), sum(value)
        FROM reading GROUP BY 1, 2""",
    "output_quarter": """
        SELECT line_id, date_bin('15 minutes', at, '2000-01-01Z'), sum(good), sum(scrap)
        FROM output GROUP BY 1, 2""",
    "stop": """
        SELECT line_id, at, next, NULL FROM (
            SELECT line_id, at, lead(at) OVER (PARTITION BY line_id ORDER BY at) AS next
            FROM output WHERE good > 0
        ) AS made WHERE next - at >= interval '10 minutes'""",
}

Item = tuple[str, tuple[object, ...]]


# Few sensors and minutes, so that items meet; whole values, so that sums do not depend on order.
ITEMS = st.lists(
    st.one_of(
        st.tuples(
            st.just("readings"),
            st.tuples(st.integers(0, 1), st.integers(0, 300), st.integers(-9, 9)),
        ),
        st.tuples(
            st.just("output"),
            st.tuples(st.integers(0, 1), st.integers(0, 300), st.integers(0, 2)),
        ),
    ),
    max_size=30,
)


def land(session: Session, plant: Plant, items: Sequence[Any]) -> None:
    """Store the items as one drain's transaction."""
    sensors, lines = list(plant.sensors.values()), list(plant.lines.values())
    batches = []
    for kind, (which, minute, number) in items:
        at = START + minute * MINUTE
        if kind == "readings":
            row: tuple[object, ...] = (sensors[which], at, float(number))
        else:
            # The same line, moment and count is the same sending.
            name = uuid.uuid5(uuid.NAMESPACE_OID, f"{which} {minute} {number}")
            row = (name, lines[which], None, at, number, 1)
        batches.append((kind, msgspec.msgpack.encode([row])))
    telemetry.store(session, batches)


def kept(session: Session, table: str) -> list[Row[Any]]:
    return sorted(session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608 (tests')


def expected(session: Session, table: str) -> list[Row[Any]]:
    return sorted(session.execute(text(RAW[table])).all())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(items=ITEMS, data=st.data())
def test_rollups_are_what_the_rows_say_in_any_order_batching_and_repetition(
    parts: Parts, plant: Plant, items: list[Item], data: st.DataObject
) -> None:
    sent = data.draw(st.permutations(items + items[: len(items) // 2]))
    with parts.database.sessions() as session:
        while sent:
            size = data.draw(st.integers(1, len(sent)))
            land(session, plant, sent[:size])
            sent = sent[size:]

        for table in RAW:
            assert kept(session, table) == expected(session, table)
        session.rollback()


def outputs(*minutes: int) -> list[Item]:
    return [("output", (0, minute, 1)) for minute in minutes]


def stops(session: Session) -> list[tuple[int, int, str | None]]:
    """Each in minutes from the start, and its reason."""
    rows = session.execute(text("SELECT * FROM stop ORDER BY starts_at")).all()
    return [
        ((row.starts_at - START) // MINUTE, (row.ends_at - START) // MINUTE, row.reason)
        for row in rows
    ]


def test_a_batch_that_comes_again_is_counted_once(parts: Parts, plant: Plant) -> None:
    for _ in range(2):
        with parts.database.transaction() as session:
            land(session, plant, [*outputs(0, 1), ("readings", (0, 0, 5))])

    with parts.database.transaction() as session:
        assert [row.good for row in kept(session, "output_quarter")] == [2]
        assert [row.readings for row in kept(session, "reading_hour")] == [1]


def test_ten_minutes_without_a_good_piece_are_a_stop_whatever_scrap_there_is(
    parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        land(session, plant, outputs(0, 9, 19, 50))
        land(session, plant, [("output", (0, 32, 0))])

        assert stops(session) == [(9, 19, None), (19, 50, None)]


def test_a_late_piece_divides_a_stop_and_both_parts_keep_its_reason(
    parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        land(session, plant, outputs(0, 60))
        session.execute(text("UPDATE stop SET reason = 'material'"))
        land(session, plant, outputs(30))

        assert stops(session) == [(0, 30, "material"), (30, 60, "material")]


def test_a_late_piece_just_after_a_stop_began_shortens_it(parts: Parts, plant: Plant) -> None:
    with parts.database.transaction() as session:
        land(session, plant, outputs(0, 60))
        land(session, plant, outputs(5))

        assert stops(session) == [(5, 60, None)]


@pytest.fixture
def spoilt(parts: Parts, plant: Plant) -> list[str]:
    """Three days of rows whose roll-ups somebody spoilt; the tables."""
    with parts.database.transaction() as session:
        land(session, plant, outputs(0, 1, 100, 130, 1500, 2900))
        land(session, plant, [("readings", (0, minute, minute)) for minute in (0, 1500, 2900)])
        session.execute(
            text("UPDATE stop SET reason = 'quality' WHERE starts_at > :later"),
            {"later": START + 1400 * MINUTE},
        )
        session.execute(text("DELETE FROM output WHERE at = :at"), {"at": START + 100 * MINUTE})
        session.execute(
            text("DELETE FROM reading_hour WHERE hour > :at"), {"at": START + 100 * MINUTE}
        )
    return list(RAW)


def test_rebuilding_mends_what_was_changed_by_hand_and_keeps_reasons(
    shell: Shell, parts: Parts, spoilt: list[str]
) -> None:
    told = shell("rebuild-rollups", "--since", "2026-03-02T23:00Z").output

    assert told.splitlines()[-1] == "2026-03-02 is summed up, 0 days are left"
    with parts.database.transaction() as session:
        assert kept(session, "reading_hour") == expected(session, "reading_hour")
        assert kept(session, "output_quarter") == expected(session, "output_quarter")
        assert stops(session) == [
            *((1, 130, None), (130, 1500, None)),
            (1500, 2900, "quality"),
        ]


def test_rebuilding_leaves_the_days_before_alone(
    shell: Shell, parts: Parts, spoilt: list[str]
) -> None:
    shell("rebuild-rollups", "--since", "2026-03-04")

    with parts.database.transaction() as session:
        assert (1, 100, None) in stops(session)


def test_what_was_stored_before_there_were_triggers_is_summed_up_by_migrating(
    shell: Shell, parts: Parts, spoilt: list[str]
) -> None:
    with parts.database.transaction() as session:
        session.execute(text("INSERT INTO rollup_debt VALUES ('2026-03-02'), ('2026-03-04')"))
    told = shell("migrate").output

    assert "2026-03-04 is summed up, 1 days are left" in told
    with parts.database.transaction() as session:
        assert kept(session, "output_quarter") == expected(session, "output_quarter")
