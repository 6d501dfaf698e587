"""Patterns and the calendar are changed: on record, and never so that two shifts overlap."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.shifts import calendar
from app.domain.shifts.errors import DayTaken, NoSuchDay, NoSuchPattern
from app.models import LARGEST_ID, By, CalendarDay, Plant, ShiftPattern, change, note


def patterns(session: Session, plant_id: int) -> Sequence[ShiftPattern]:
    """All of a plant, by when they begin; the inactive ones among them."""
    return session.scalars(
        select(ShiftPattern)
        .where(ShiftPattern.plant_id == plant_id)
        .order_by(ShiftPattern.starts_at, ShiftPattern.id)
    ).all()


def find_pattern(session: Session, plant_id: int, number: int) -> ShiftPattern:
    """The pattern of this number; refuses with `NoSuchPattern`."""
    pattern = session.get(ShiftPattern, number) if number <= LARGEST_ID else None
    if pattern is None or pattern.plant_id != plant_id:
        raise NoSuchPattern(number)
    return pattern


def days(session: Session, plant_id: int, *, since: date) -> Sequence[CalendarDay]:
    """What the calendar says of the days from `since` on."""
    return session.scalars(
        select(CalendarDay)
        .where(CalendarDay.plant_id == plant_id, CalendarDay.day >= since)
        .order_by(CalendarDay.day, CalendarDay.id)
    ).all()


def make_pattern(
    session: Session, plant: str, values: Mapping[str, Any], *, by: By
) -> ShiftPattern:
    """A pattern of the plant; refuses with `ShiftsOverlap`."""
    plant_id = lock_plan(session, plant)
    pattern = ShiftPattern(plant_id=plant_id, **values)
    session.add(pattern)
    _check(session, plant_id, by)
    note(session, "made", _subject(plant, pattern.name), by=by, facts=values)
    return pattern


def change_pattern(
    session: Session,
    plant: str,
    number: int,
    values: Mapping[str, Any],
    *,
    as_seen: str | None,
    by: By,
) -> None:
    """Refuses with `NoSuchPattern`, `ShiftsOverlap`, or `ChangedMeanwhile` who saw other values."""
    plant_id = lock_plan(session, plant)
    pattern = find_pattern(session, plant_id, number)
    subject = _subject(plant, pattern.name)
    change(session, pattern, values, subject=subject, by=by, as_seen=as_seen)
    _check(session, plant_id, by)


def add_day(session: Session, plant: str, values: Mapping[str, Any], *, by: By) -> CalendarDay:
    """A day that is otherwise; refuses with `NoSuchPattern`, `DayTaken`, `ShiftsOverlap`."""
    plant_id = lock_plan(session, plant)
    if values["pattern_id"] is not None:
        find_pattern(session, plant_id, values["pattern_id"])
    entry = CalendarDay(plant_id=plant_id, **values)
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError as error:
        raise DayTaken(values["day"]) from error
    _check(session, plant_id, by)
    note(session, "made", _of_day(plant, entry), by=by, facts=values)
    return entry


def remove_day(session: Session, plant: str, number: int, *, by: By) -> None:
    """The day is as any other again; refuses with `NoSuchDay`, `ShiftsOverlap`."""
    plant_id = lock_plan(session, plant)
    entry = session.get(CalendarDay, number) if number <= LARGEST_ID else None
    if entry is None or entry.plant_id != plant_id:
        raise NoSuchDay(number)
    session.delete(entry)
    _check(session, plant_id, by)
    facts = {"name": entry.name, "works": entry.works, "pattern_id": entry.pattern_id}
    note(session, "removed", _of_day(plant, entry), by=by, facts=facts)


def lock_plan(session: Session, plant: str) -> int:
    """The plant's number; who plans or lays its shifts takes turns with others who do."""
    return session.scalars(
        select(Plant.id).where(Plant.slug == plant).with_for_update(key_share=True)
    ).one()


def _check(session: Session, plant_id: int, by: By) -> None:
    session.flush()
    # What is over changes nothing any more; by UTC some plants are a day ahead or behind.
    ahead = days(session, plant_id, since=by.at.date() - calendar.DAY)
    calendar.check(patterns(session, plant_id), ahead)


def _subject(plant: str, name: str) -> tuple[str, str]:
    return "shift_pattern", f"{plant}/{name}"[:80]


def _of_day(plant: str, entry: CalendarDay) -> tuple[str, str]:
    return "calendar_day", f"{plant}/{entry.day}"
