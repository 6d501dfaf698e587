"""Shifts are laid ahead of time, as patterns and the calendar have it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from app.domain.shifts import calendar
from app.domain.shifts.calendar import Planned
from app.domain.shifts.planning import days, lock_plan, patterns
from app.models import Line, Plant, Shift, ShiftBreak

# A plan that is seen a fortnight ahead; and a drain that is away for days is no plant without one.
AHEAD = timedelta(days=14)


class Laid(NamedTuple):
    """How many shifts were laid, and how many taken back that were laid otherwise."""

    made: int
    taken_back: int


def lay(session: Session, plant: str, *, now: datetime) -> Laid:
    """Bring the plant's shifts that have not begun to what is planned for the days ahead.

    What has begun is never touched, nor what follows no pattern; what would overlap with one of
    these is left as it was laid. Whoever comes next finds nothing to do.
    """
    plant_id = lock_plan(session, plant)
    zone = ZoneInfo(session.scalars(select(Plant.time_zone).where(Plant.id == plant_id)).one())
    last = now.astimezone(zone).date() + AHEAD
    planned = _planned(session, plant_id, now, zone, last)
    lines = session.scalars(select(Line).where(Line.plant_id == plant_id)).all()
    # One that is laid further ahead already is looked at when its day comes near.
    until = datetime.combine(last + calendar.DAY, time(), zone)
    shifts = _shifts(session, lines, now, until)
    made, stale = list[Shift](), list[int]()
    for line in lines:
        own = [shift for shift in shifts if shift.line_id == line.id]
        wanted, unwanted = _compare(line, own, planned if line.retired_at is None else [], now)
        made += wanted
        stale += unwanted
    if stale:
        # Before the new ones come: a line has one shift that begins at a moment.
        session.execute(delete(Shift).where(Shift.id.in_(stale)))
    session.add_all(made)
    session.flush()
    return Laid(len(made), len(stale))


def _planned(
    session: Session, plant_id: int, now: datetime, zone: ZoneInfo, last: date
) -> list[Planned]:
    today = now.astimezone(zone).date()
    planned = calendar.plan(
        patterns(session, plant_id),
        days(session, plant_id, since=today),
        zone=zone,
        first=today,
        last=last,
    )
    return [each for each in planned if each.starts_at > now]


def _shifts(
    session: Session, lines: Sequence[Line], now: datetime, until: datetime
) -> Sequence[Shift]:
    return session.scalars(
        select(Shift)
        .where(Shift.line_id.in_([line.id for line in lines]))
        .where(Shift.ends_at > now, Shift.starts_at < until)
        .options(selectinload(Shift.breaks))
        .order_by(Shift.starts_at)
        .execution_options(populate_existing=True)
    ).all()


def _compare(
    line: Line, shifts: Iterable[Shift], planned: Sequence[Planned], now: datetime
) -> tuple[list[Shift], list[int]]:
    """What is to be laid for the line, and what was laid otherwise."""
    fixed = [each for each in shifts if each.pattern_id is None or each.starts_at <= now]
    loose = [each for each in shifts if each not in fixed]
    taken = [(each.starts_at, each.ends_at) for each in fixed]
    kept: list[Shift] = []
    made = []
    for one in planned:
        shift = _shift(line, one)
        if not _is_free(shift, taken):
            # An hour too early for what is on: that one day it stays as it was laid.
            before = next((each for each in loose if _is_of(each, one)), None)
            if before is None or not _is_free(before, taken):
                continue
            shift = before
        same = next((each for each in loose if _is_same(each, shift)), None)
        if same is None:
            made.append(shift)
        else:
            kept.append(same)
        taken.append((shift.starts_at, shift.ends_at))
    return made, [each.id for each in loose if each not in kept]


def _shift(line: Line, planned: Planned) -> Shift:
    """The row of a planned shift, and those of its breaks."""
    return Shift(
        line_id=line.id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        target=planned.pieces(line.slug, an_hour=line.target_per_hour),
        pattern_id=planned.pattern.id,
        breaks=[ShiftBreak(starts_at=since, ends_at=until) for since, until in planned.breaks],
    )


def _is_free(shift: Shift, taken: Iterable[tuple[datetime, datetime]]) -> bool:
    return all(shift.ends_at <= begins or shift.starts_at >= ends for begins, ends in taken)


def _is_of(shift: Shift, planned: Planned) -> bool:
    """Whether the shift was laid for the same day of the same pattern, whatever its hours."""
    near = abs(shift.starts_at - planned.starts_at) < timedelta(hours=12)
    return shift.pattern_id == planned.pattern.id and near


def _is_same(one: Shift, other: Shift) -> bool:
    names = ("pattern_id", "starts_at", "ends_at", "target")
    return _breaks(one) == _breaks(other) and all(
        getattr(one, name) == getattr(other, name) for name in names
    )


def _breaks(shift: Shift) -> list[tuple[datetime, datetime]]:
    return [(each.starts_at, each.ends_at) for each in shift.breaks]
