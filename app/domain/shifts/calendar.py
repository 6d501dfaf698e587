"""What is planned on which day, by the clock on the plant's wall: pure rules, without a store."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain.shifts.errors import ShiftsOverlap
from app.models import CalendarDay, ShiftPattern

DAY = timedelta(days=1)
# A Monday in a week in which no clock changes: weeks are laid side by side there.
_A_MONDAY = date(2001, 1, 1)


class Planned(NamedTuple):
    """A shift that is to be: of which pattern and day, from when until when, and its breaks."""

    pattern: ShiftPattern
    day: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...]

    @property
    def working_time(self) -> timedelta:
        """How long it is without its breaks; an hour more or less when the clocks change in it."""
        resting = sum((ends_at - starts_at for starts_at, ends_at in self.breaks), timedelta())
        return self.ends_at - self.starts_at - resting

    def pieces(self, line: str, *, an_hour: int) -> int:
        """What the line is to make: what the pattern says, else its rate in the working time."""
        said = self.pattern.targets.get(line)
        return round(an_hour * (self.working_time / timedelta(hours=1))) if said is None else said


def plan(
    patterns: Sequence[ShiftPattern],
    days: Sequence[CalendarDay],
    *,
    zone: ZoneInfo,
    first: date,
    last: date,
) -> list[Planned]:
    """The shifts that begin on these days, in the order of time.

    A day's rest is of all patterns or of one; an extra shift works on a day of rest too.
    """
    otherwise: dict[date, list[CalendarDay]] = {}
    for entry in days:
        otherwise.setdefault(entry.day, []).append(entry)
    found = [
        on(pattern, day, zone)
        for day in _days(first, last)
        for pattern in patterns
        if pattern.active and _works(pattern, day, otherwise.get(day, []))
    ]
    return sorted(found, key=lambda planned: planned.starts_at)


def on(pattern: ShiftPattern, day: date, zone: ZoneInfo) -> Planned:
    """The pattern's shift that begins on this day."""

    def moment(of: time) -> datetime:
        # What is on the clock before the beginning is on the next day.
        after = of < pattern.starts_at
        return datetime.combine(day + DAY if after else day, of, zone).astimezone(UTC)

    starts_at = moment(pattern.starts_at)
    ends_at = moment(pattern.ends_at)
    if pattern.ends_at == pattern.starts_at:
        ends_at = datetime.combine(day + DAY, pattern.ends_at, zone).astimezone(UTC)
    breaks = []
    for begins, ends in pattern.breaks:
        begins_on, ends_on = time.fromisoformat(begins), time.fromisoformat(ends)
        until = moment(ends_on)
        # It ends by the clock and is as long as ever, though the clock is moved in it.
        breaks.append((until - length(begins_on, ends_on), until))
    return Planned(pattern, day, starts_at, ends_at, tuple(breaks))


def length(begins: time, ends: time) -> timedelta:
    """From one time on the clock to the next other: a day, from one to the same."""
    whole = datetime.combine(_A_MONDAY, ends) - datetime.combine(_A_MONDAY, begins)
    return whole if whole > timedelta() else whole + DAY


def check(patterns: Sequence[ShiftPattern], days: Iterable[CalendarDay]) -> None:
    """Refuse with `ShiftsOverlap` where two would be on at once, in any week or by the calendar."""
    utc, entries = ZoneInfo("UTC"), list(days)
    week = plan(patterns, [], zone=utc, first=_A_MONDAY, last=_A_MONDAY + 8 * DAY)
    _check(week, "%A")
    for day in sorted({entry.day for entry in entries}):
        around = plan(patterns, entries, zone=utc, first=day - DAY, last=day + DAY)
        _check(around, "%a %d %b %Y")


def _check(planned: Sequence[Planned], spelling: str) -> None:
    for before, after in pairwise(planned):
        if after.starts_at < before.ends_at:
            when = after.day.strftime(spelling)
            raise ShiftsOverlap(before.pattern.name, after.pattern.name, when)


def _works(pattern: ShiftPattern, day: date, otherwise: Sequence[CalendarDay]) -> bool:
    if any(entry.works and entry.pattern_id == pattern.id for entry in otherwise):
        return True
    if any(not entry.works and entry.pattern_id in (None, pattern.id) for entry in otherwise):
        return False
    return day.isoweekday() in pattern.weekdays


def _days(first: date, last: date) -> Iterable[date]:
    return (first + number * DAY for number in range((last - first).days + 1))
