"""Three shifts a day by the clock on the plant's wall, and the team that works each."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.models import Line, Plant, Shift, ShiftBreak, ShiftPattern

STARTS = (time(6), time(14), time(22))
TEAMS = ("Team A", "Team B", "Team C")
NAMES = ("Early", "Late", "Night")
# Breaks of a shift: after how long, and for how long.
BREAKS = (
    (timedelta(hours=2), timedelta(minutes=20)),
    (timedelta(hours=5), timedelta(minutes=30)),
)
# Nobody plans every minute between them: changeovers and a stop or two are in the plan.
PLANNED_SHARE = 0.9
# But for the day on which the clocks change.
LASTS = timedelta(hours=24) / len(STARTS)


class Watch(NamedTuple):
    """A shift of a whole plant: when, by whom, and whether by night."""

    starts_at: datetime
    ends_at: datetime
    team: str
    by_night: bool
    number: int

    def is_in_a_break(self, at: datetime) -> bool:
        """Whether nobody works at that moment of the shift."""
        return any(after <= at - self.starts_at < after + lasts for after, lasts in BREAKS)


def patterns(plant: Plant, lines: Iterable[Line]) -> list[ShiftPattern]:
    """The same as patterns, numbered plant by plant: what is planned from here on follows them."""
    own = [line for line in lines if line.plant_id == plant.id]
    return [
        ShiftPattern(
            id=(plant.id - 1) * len(STARTS) + number + 1,
            plant_id=plant.id,
            name=NAMES[number],
            starts_at=start,
            ends_at=STARTS[(number + 1) % len(STARTS)],
            weekdays=list(range(1, 8)),
            breaks=[
                [f"{datetime.combine(date.min, start) + at:%H:%M}" for at in (after, after + lasts)]
                for after, lasts in BREAKS
            ],
            targets={line.slug: pieces(line, LASTS) for line in own},
        )
        for number, start in enumerate(STARTS)
    ]


def watches(plant: Plant, *, first: datetime, last: datetime) -> list[Watch]:
    """The plant's shifts that touch the time from `first` to `last`.

    On the day the clocks change one of them is an hour longer or shorter, as in a real plant.
    """
    zone = ZoneInfo(plant.time_zone)
    days = _days(first.astimezone(zone).date(), last.astimezone(zone).date())
    starts = [(day, number, start) for day in days for number, start in enumerate(STARTS)]
    moments = [datetime.combine(day, start, zone).astimezone(UTC) for day, _, start in starts]
    return [
        Watch(starts_at, ends_at, _team(day, number), number == len(STARTS) - 1, number)
        for (day, number, _), (starts_at, ends_at) in zip(starts, pairwise(moments), strict=False)
        if ends_at > first and starts_at < last
    ]


def shifts(line: Line, planned: Iterable[Watch]) -> Iterator[Shift]:
    """The line's own shifts: the plant's, with how many pieces each is to make."""
    for watch in planned:
        yield Shift(
            line_id=line.id,
            starts_at=watch.starts_at,
            ends_at=watch.ends_at,
            target=pieces(line, watch.ends_at - watch.starts_at),
            pattern_id=(line.plant_id - 1) * len(STARTS) + watch.number + 1,
        )


def pieces(line: Line, lasts: timedelta) -> int:
    """How many pieces the line is to make in a shift of that length."""
    resting = sum((rest for _, rest in BREAKS), timedelta())
    return round(line.target_per_hour * PLANNED_SHARE * ((lasts - resting) / timedelta(hours=1)))


def breaks(shift: Shift) -> Iterator[ShiftBreak]:
    """The breaks of a shift that has its number."""
    for after, lasts in BREAKS:
        starts_at = shift.starts_at + after
        yield ShiftBreak(shift_id=shift.id, starts_at=starts_at, ends_at=starts_at + lasts)


def _days(first: date, last: date) -> list[date]:
    """The days from the one before `first`, whose night may reach into it, to after `last`."""
    count = (last - first).days + 3
    return [first + timedelta(days=number - 1) for number in range(count)]


def _team(day: date, number: int) -> str:
    """Teams change places every week, so that nobody has all the nights."""
    return TEAMS[(number + day.toordinal() // 7) % len(TEAMS)]
