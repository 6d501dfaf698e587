"""Working time: what breaks leave of shifts, kept whoever changes either."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.parts import Parts
from tests.builders import Plant

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
BREAK = text("""
    INSERT INTO shift_break (shift_id, starts_at, ends_at)
    SELECT id, :starts_at, :ends_at FROM shift
""")
Change = Callable[..., list[Any]]


@pytest.fixture
def changed(parts: Parts, plant: Plant) -> Change:
    """Runs statements on one shift of eight hours and 80 pieces; gives the work that is left."""

    def changed(*statements: str, breaks: Sequence[tuple[float, float]] = ()) -> list[Any]:
        with parts.database.engine.connect() as connection:
            connection.execute(text("DELETE FROM shift"))
            connection.execute(
                text("INSERT INTO shift VALUES (1, 1, :starts_at, :ends_at, 80)"),
                {"starts_at": START, "ends_at": START + 8 * HOUR},
            )
            for since, until in breaks:
                connection.execute(
                    BREAK, {"starts_at": START + since * HOUR, "ends_at": START + until * HOUR}
                )
            for statement in statements:
                connection.execute(text(statement))
            rows = connection.execute(text("SELECT * FROM work ORDER BY starts_at")).all()
        return [
            ((row.starts_at - START) / HOUR, (row.ends_at - START) / HOUR, row.target)
            for row in rows
        ]

    return changed


def test_a_break_cuts_a_shift_and_the_rest_has_all_of_its_target(changed: Change) -> None:
    assert changed() == [(0, 8, 80)]
    assert changed(breaks=[(2, 3), (5, 6)]) == [
        *((0, 2, pytest.approx(80 / 3)), (3, 5, pytest.approx(80 / 3))),
        (6, 8, pytest.approx(80 / 3)),
    ]


def test_breaks_that_overlap_or_reach_beyond_their_shift_are_cut_once(changed: Change) -> None:
    assert changed(breaks=[(2, 4), (3, 5), (7, 9)]) == [(0, 2, 40), (5, 7, 40)]
    assert changed(breaks=[(-1, 9)]) == []


def test_work_follows_its_shift_and_its_breaks(changed: Change) -> None:
    longer = "UPDATE shift SET ends_at = ends_at + interval '1 hour', target = 90"

    assert changed(longer) == [(0, 9, 90)]
    assert changed("DELETE FROM shift_break", breaks=[(2, 3)]) == [(0, 8, 80)]
    assert changed("UPDATE shift_break SET ends_at = ends_at + interval '1 hour'", breaks=[(2, 3)])[
        0
    ] == (0, 2, pytest.approx(80 / 3))
    assert changed("DELETE FROM shift", breaks=[(2, 3)]) == []


SPAN = st.tuples(st.integers(-2, 40), st.integers(-2, 40)).filter(lambda span: span[0] < span[1])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(quarters=st.lists(SPAN, max_size=4, unique_by=lambda span: span[0]))
def test_every_quarter_of_an_hour_is_either_work_or_a_break(
    changed: Change, quarters: list[tuple[int, int]]
) -> None:
    work = changed(breaks=[(since / 4, until / 4) for since, until in quarters])
    worked = [n for n in range(32) if any(since <= n / 4 < until for since, until, _ in work)]
    rested = [n for n in range(32) if any(since <= n < until for since, until in quarters)]

    assert sorted(worked + rested) == list(range(32))
    assert sum(target for *_, target in work) == pytest.approx(80 if worked else 0)


def test_two_who_change_the_breaks_of_a_shift_take_turns(parts: Parts, plant: Plant) -> None:
    def add(since: float, until: float) -> None:
        with parts.database.transaction() as session:
            session.execute(
                BREAK, {"starts_at": START + since * HOUR, "ends_at": START + until * HOUR}
            )

    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift WHERE line_id = 2"))
        session.execute(
            text("UPDATE shift SET starts_at = :starts_at, ends_at = :ends_at"),
            {"starts_at": START, "ends_at": START + 8 * HOUR},
        )
    with ThreadPoolExecutor(1) as other:
        with parts.database.transaction() as session:
            session.execute(BREAK, {"starts_at": START + HOUR, "ends_at": START + 2 * HOUR})
            waiting = other.submit(add, 4, 5)
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not session.scalar(waits):
                assert not waiting.done()
        waiting.result()
    with parts.database.transaction() as session:
        starts = session.scalars(text("SELECT starts_at FROM work ORDER BY starts_at")).all()

    assert [(start - START) / HOUR for start in starts] == [0, 2, 5]
