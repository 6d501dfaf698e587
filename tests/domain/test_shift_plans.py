"""What is planned when: by the clock on the wall, through the nights on which it is moved."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain import shifts
from app.domain.shifts.calendar import check, on, plan
from app.models import CalendarDay, ShiftPattern

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
SPRING, AUTUMN = date(2026, 3, 28), date(2026, 10, 24)  # the nights of these days
WEEK = [1, 2, 3, 4, 5, 6, 7]


def a_pattern(number: int, begins: int, ends: int, **but: object) -> ShiftPattern:
    facts = {"name": f"P{number}", "weekdays": WEEK, "breaks": [], "targets": {}, "active": True}
    return ShiftPattern(id=number, starts_at=time(begins), ends_at=time(ends), **(facts | but))


NIGHT = a_pattern(3, 22, 6, breaks=[["02:30", "03:00"]])


@pytest.mark.parametrize(
    ("day", "starts", "hours", "pieces"),
    [
        (SPRING, datetime(2026, 3, 28, 21, tzinfo=UTC), 7.0, 650),
        (AUTUMN, datetime(2026, 10, 24, 20, tzinfo=UTC), 9.0, 850),
        (date(2026, 6, 1), datetime(2026, 6, 1, 20, tzinfo=UTC), 8.0, 750),
    ],
)
def test_a_night_in_which_the_clock_is_moved(
    day: date, starts: datetime, hours: float, pieces: int
) -> None:
    planned = on(NIGHT, day, BERLIN)
    (begins, ends) = planned.breaks[0]

    assert planned.starts_at == starts
    assert (planned.ends_at - planned.starts_at) / HOUR == hours
    assert ends - begins == 0.5 * HOUR
    assert planned.starts_at < begins < ends < planned.ends_at
    assert planned.ends_at.astimezone(BERLIN).time() == time(6)
    assert planned.pieces("press", an_hour=100) == pieces


def test_what_a_pattern_says_of_a_line_is_its_target() -> None:
    planned = on(a_pattern(1, 6, 14, targets={"press": 0}), SPRING, BERLIN)

    assert planned.pieces("press", an_hour=100) == 0
    assert planned.pieces("weld", an_hour=100) == 800


def test_a_day_rests_and_one_shift_of_it_works_all_the_same() -> None:
    early, late = a_pattern(1, 6, 14, weekdays=[1, 2]), a_pattern(2, 14, 22, weekdays=[1, 2])
    monday = date(2026, 6, 1)
    days = [
        CalendarDay(day=monday, pattern_id=None, works=False),
        CalendarDay(day=monday, pattern_id=2, works=True),
        CalendarDay(day=monday + timedelta(1), pattern_id=1, works=False),
        CalendarDay(day=monday + timedelta(5), pattern_id=1, works=True),
    ]
    planned = plan([early, late], days, zone=BERLIN, first=monday, last=monday + timedelta(6))

    assert [(each.pattern.name, each.day.day) for each in planned] == [
        ("P2", 1),
        ("P2", 2),
        ("P1", 6),
    ]


def test_no_two_shifts_are_on_at_once() -> None:
    early, late = a_pattern(1, 6, 14), a_pattern(2, 14, 22)
    check([early, late, NIGHT], [])

    with pytest.raises(shifts.ShiftsOverlap, match="P1 and P2 would overlap on Monday"):
        check([early, a_pattern(2, 13, 22)], [])
    with pytest.raises(shifts.ShiftsOverlap, match="on Monday"):
        check([a_pattern(1, 5, 14, weekdays=[1]), a_pattern(3, 22, 6, weekdays=[7])], [])
    check([early, a_pattern(2, 13, 22, active=False)], [])


def test_an_extra_shift_does_not_overlap_either() -> None:
    early = a_pattern(1, 6, 14, weekdays=[1])
    long = a_pattern(2, 12, 22, weekdays=[])
    extra = CalendarDay(day=date(2026, 6, 1), pattern_id=2, works=True)
    rest = CalendarDay(day=date(2026, 6, 1), pattern_id=1, works=False)

    check([early, long], [extra, rest])
    with pytest.raises(shifts.ShiftsOverlap, match="Mon 01 Jun 2026"):
        check([early, long], [extra])
