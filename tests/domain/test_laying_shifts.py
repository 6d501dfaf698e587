"""Shifts laid ahead: those that have not begun follow the plan, those that have are left alone."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.commands.drain.teller import Teller
from app.domain import shifts
from app.models import By, Line, Shift, ShiftPattern
from app.parts import Parts
from tests.builders import Plant

# A Monday in summer: six o'clock in Berlin is four.
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
BY = By(None, NOW)
EARLY: dict[str, Any] = {
    "name": "Early",
    "starts_at": time(6),
    "ends_at": time(14),
    "weekdays": [1, 2, 3, 4, 5],
    "breaks": [["09:00", "10:00"]],
    "targets": {},
    "active": True,
}
LATE = EARLY | {"name": "Late", "starts_at": time(14), "ends_at": time(22), "breaks": []}


@pytest.fixture
def session(parts: Parts, plant: Plant) -> Iterator[Session]:
    """Of a plant without shifts, that works early and late from Monday to Friday."""
    with parts.database.transaction() as session:
        session.execute(delete(Shift))
        for values in (EARLY, LATE):
            shifts.make_pattern(session, "north", values, by=BY)
        yield session


def laid(session: Session, line: str = "press") -> list[tuple[str, int, int]]:
    """The line's shifts: the pattern, the day and how many pieces."""
    rows = session.execute(
        select(ShiftPattern.name, Shift.starts_at, Shift.target)
        .join(Line, Line.id == Shift.line_id)
        .outerjoin(ShiftPattern, ShiftPattern.id == Shift.pattern_id)
        .where(Line.slug == line)
        .order_by(Shift.starts_at)
    )
    return [(name, at.day, target) for name, at, target in rows]


def test_a_fortnight_is_laid_once(session: Session, plant: Plant) -> None:
    first = shifts.lay(session, "north", now=NOW)
    second = shifts.lay(session, "north", now=NOW)

    # Ten working days and the Monday after, on two lines; the first shift had begun.
    assert first == shifts.Laid(made=2 * (2 * 11 - 1), taken_back=0)
    assert second == shifts.Laid(0, 0)
    assert laid(session)[:3] == [("Late", 1, 2880), ("Early", 2, 2520), ("Late", 2, 2880)]


def test_a_day_later_another_day_is_laid(session: Session, plant: Plant) -> None:
    shifts.lay(session, "north", now=NOW)

    assert shifts.lay(session, "north", now=NOW + timedelta(days=1)).made == 2 * 2


def test_the_drain_lays_what_every_plant_plans(
    session: Session, parts: Parts, plant: Plant
) -> None:
    session.commit()
    Teller(parts, threading.Event()).go_round(())
    with parts.database.transaction() as another:
        newest = another.scalars(select(Shift.ends_at).order_by(Shift.ends_at.desc())).first()

    assert newest is not None
    assert newest > datetime.now(UTC) + shifts.AHEAD - timedelta(days=4)


def test_a_changed_pattern_changes_what_has_not_begun(session: Session, plant: Plant) -> None:
    shifts.lay(session, "north", now=NOW)
    evening = NOW + timedelta(hours=7)
    shifts.change_pattern(
        session, "north", 2, {"ends_at": time(20), "targets": {"press": 7}}, as_seen=None, by=BY
    )
    again = shifts.lay(session, "north", now=evening)

    assert again == shifts.Laid(made=2 * 11 - 2 + 2 * 0, taken_back=2 * 11 - 2)
    assert laid(session)[:3] == [("Late", 1, 2880), ("Early", 2, 2520), ("Late", 2, 7)]
    assert laid(session, "weld")[2] == ("Late", 2, 2160)


def test_what_would_overlap_with_a_shift_that_is_on_stays_as_it_was_laid(
    session: Session, plant: Plant
) -> None:
    early = datetime(2026, 6, 2, 3, tzinfo=UTC)
    shifts.lay(session, "north", now=early)
    for number, values in ((1, {"ends_at": time(12)}), (2, {"starts_at": time(12)})):
        shifts.change_pattern(session, "north", number, values, as_seen=None, by=BY)
    shifts.lay(session, "north", now=early + timedelta(hours=3))

    hours = [
        (row.starts_at.hour + 2, row.ends_at.hour + 2)
        for row in session.scalars(
            select(Shift).where(Shift.line_id == plant.lines["press"]).order_by(Shift.starts_at)
        )
    ]
    assert hours[:4] == [(6, 14), (14, 22), (6, 12), (12, 22)]


def test_a_shift_of_no_pattern_is_left_alone(session: Session, plant: Plant) -> None:
    own = Shift(
        line_id=plant.lines["press"],
        starts_at=NOW + timedelta(hours=5),
        ends_at=NOW + timedelta(hours=6),
        target=1,
    )
    session.add(own)
    shifts.lay(session, "north", now=NOW)

    assert laid(session)[:2] == [(None, 1, 1), ("Early", 2, 2520)]
    assert laid(session, "weld")[0] == ("Late", 1, 2880)


def test_holidays_and_extra_shifts_are_laid_and_taken_back(session: Session, plant: Plant) -> None:
    saturday, tuesday = date(2026, 6, 6), date(2026, 6, 2)
    rest = {"day": tuesday, "name": "Feast", "works": False, "pattern_id": None}
    extra = {"day": saturday, "name": "Big order", "works": True, "pattern_id": 1}
    shifts.lay(session, "north", now=NOW)
    shifts.add_day(session, "north", rest, by=BY)
    entry = shifts.add_day(session, "north", extra, by=BY)
    shifts.lay(session, "north", now=NOW)
    otherwise = [day for _, day, _ in laid(session)]
    shifts.remove_day(session, "north", entry.id, by=BY)
    shifts.lay(session, "north", now=NOW)

    assert otherwise[:9] == [1, 3, 3, 4, 4, 5, 5, 6, 8]
    assert [day for _, day, _ in laid(session)][:8] == [1, 3, 3, 4, 4, 5, 5, 8]
    with pytest.raises(shifts.DayTaken):
        shifts.add_day(session, "north", rest, by=BY)


def test_a_retired_line_and_an_inactive_pattern_have_no_shifts_ahead(
    session: Session, plant: Plant
) -> None:
    shifts.lay(session, "north", now=NOW)
    session.get_one(Line, plant.lines["weld"]).retired_at = NOW
    shifts.change_pattern(session, "north", 1, {"active": False}, as_seen=None, by=BY)
    session.flush()
    shifts.lay(session, "north", now=NOW)

    assert laid(session, "weld") == []
    assert {name for name, _, _ in laid(session)} == {"Late"}
