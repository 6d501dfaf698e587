"""Ranges by the clock on the plant's wall, on ordinary days and when clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reports import BadRange, NoSuchView, Range, by_dates, by_name, grain
from app.domain.reports.ranges import CHOICES, slices

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 2, 31, 500, tzinfo=UTC)
HOUR = timedelta(hours=1)


def days(first: str, last: str, zone: ZoneInfo = BERLIN, now: datetime = NOW) -> Range:
    return by_dates({"from": first, "to": last}, zone=zone, now=now)


def named(key: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> Range:
    return by_name(key, zone=zone, now=now, shift=None)


def test_today_begins_at_the_plants_midnight_and_reaches_to_the_last_full_minute() -> None:
    today = named("today")

    assert today.since == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert today.until == datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
    assert not today.is_over


def test_a_long_time_that_goes_on_is_as_of_ten_minutes() -> None:
    assert named("week").until == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def test_yesterday_is_over_and_does_not_move() -> None:
    yesterday, later = named("yesterday"), named("yesterday", NOW + 5 * HOUR)

    assert yesterday.is_over
    assert yesterday == later


@pytest.mark.parametrize(
    ("now", "first"),
    [(NOW, date(2025, 12, 1)), (datetime(2026, 12, 31, 12, tzinfo=UTC), date(2026, 1, 1))],
)
def test_a_year_is_twelve_whole_months(now: datetime, first: date) -> None:
    year = named("year", now)

    assert (year.first, len(slices(year, "month"))) == (first, 12)


def test_days_are_whole_and_both_ends_belong_to_them() -> None:
    asked = days("2026-03-02", "2026-03-03")

    assert asked.until - asked.since == timedelta(days=2)
    assert (asked.first, asked.last, asked.days) == (date(2026, 3, 2), date(2026, 3, 3), 2)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_has_as_many_hours_as_its_clock_shows(day: str, hours: int) -> None:
    asked = days(day, day)
    parts = slices(asked, "hour")

    assert len(parts) == hours
    assert {part.ends_at - part.starts_at for part in parts} == {HOUR}


def test_hours_of_a_zone_half_an_hour_away_begin_on_its_own_hour() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    parts = slices(days("2026-03-02", "2026-03-02", kolkata), "hour")

    assert len(parts) == 24
    assert {part.starts_at.astimezone(kolkata).minute for part in parts} == {0}


@given(
    first=st.dates(date(2001, 1, 1), date(2026, 1, 1)),
    length=st.integers(0, 365),
    by=st.sampled_from(["hour", "day", "month"]),
    zone=st.sampled_from(
        [
            "Europe/Berlin",
            "America/Monterrey",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "America/Santiago",
        ]
    ),
)
def test_slices_follow_each_other_and_are_the_range(
    first: date, length: int, by: str, zone: str
) -> None:
    asked = days(f"{first}", f"{first + timedelta(days=length)}", ZoneInfo(zone))
    parts = slices(asked, by)

    assert (parts[0].starts_at, parts[-1].ends_at) == (asked.since, asked.until)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(parts))
    assert all(part.starts_at < part.ends_at for part in parts)


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-03-03", "2026-03-02", "after the last one"),
        ("2026-11-26", "2026-11-27", "still to come"),
        ("1999-12-31", "2000-01-01", "before 2000"),
        ("2025-01-01", "2026-01-02", "longer than 366 days"),
        ("yesterday", "2026-01-02", "«from» is no day"),
        ("2026-01-02", "2026-02-30", "«to» is no day"),
        ("2026-01-02", "9999-12-31", "longer than 366 days"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_a_reason(first: str, last: str, why: str) -> None:
    with pytest.raises(BadRange, match=why):
        days(first, last)


def test_a_leap_year_and_its_last_day_fit() -> None:
    assert days("2024-01-01", "2024-12-31").days == 366


@pytest.mark.parametrize("key", ["fortnight", "", "shift"])
def test_a_name_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(BadRange):
        named(key)


def test_days_and_months_are_cut_at_the_plants_midnights_whatever_its_clock_does() -> None:
    for by, first in (("day", "2026-03-20"), ("month", "2026-01-05")):
        starts = [
            part.starts_at.astimezone(BERLIN) for part in slices(days(first, "2026-04-02"), by)
        ]

        assert {(start.hour, start.minute) for start in starts} == {(0, 0)}
        assert by == "day" or [start.day for start in starts] == [5, 1, 1, 1]


def test_a_shift_that_begins_within_an_hour_is_cut_at_the_hours() -> None:
    began = datetime(2026, 3, 2, 5, 10, tzinfo=UTC)
    shift = by_name("shift", zone=BERLIN, now=NOW, shift=(began, began + 8 * HOUR))
    parts = slices(shift, "hour")

    assert [part.starts_at.minute for part in parts] == [10, *[0] * 8]
    assert parts[-1].ends_at == shift.until


def test_a_day_that_has_just_begun_has_its_first_minute() -> None:
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)
    today = named("today", midnight + timedelta(seconds=20))

    assert (today.since, today.until) == (midnight, midnight + timedelta(minutes=1))


MOMENTS = st.integers(0, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(now=MOMENTS)
def test_every_choice_has_some_time_in_it_at_any_moment(now: datetime) -> None:
    shift = (now - HOUR, now + HOUR)
    for key in CHOICES:
        asked = by_name(key, zone=BERLIN, now=now, shift=shift)

        assert asked.since < asked.until


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("today", "hour"),
        ("yesterday", "hour"),
        ("week", "day"),
        ("month", "day"),
        ("year", "month"),
    ],
)
def test_the_grain_follows_the_range(key: str, told: str) -> None:
    assert grain(named(key), None) == told


def test_too_fine_a_grain_is_refused_and_so_is_one_that_is_none() -> None:
    with pytest.raises(BadRange, match="31 days are too many to be told by the hour"):
        grain(named("month"), "hour")
    with pytest.raises(NoSuchView, match="hour, shift, day, month"):
        grain(named("month"), "minute")
