"""What reports say of a floor whose past is known."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.database import directly
from app.domain import reports
from app.domain.reports.oee import Oee
from app.models import Call, Line, Output, Shift
from app.parts import Parts
from tests.builders import Plant

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday. The early shift is from 6 to 14 on the plant's clock, an hour ahead of UTC.
DAY = datetime(2026, 3, 1, 23, tzinfo=UTC)
EARLY = DAY + timedelta(hours=6)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = DAY + timedelta(days=2)
MONDAY = {"from": "2026-03-02", "to": "2026-03-02"}


class Floor:
    """A plant in a session, with one shift on one line and whatever happens in it."""

    def __init__(self, session: Session, plant: Plant) -> None:
        self.session, self.plant = session, plant
        self.press = plant.lines["press"]
        session.execute(delete(Shift))
        self.shift(EARLY, hours=8, target=2400)

    def shift(self, starts_at: datetime, *, hours: float, target: int) -> None:
        ends_at = starts_at + hours * HOUR
        self.session.add(
            Shift(line_id=self.press, starts_at=starts_at, ends_at=ends_at, target=target)
        )
        self.session.flush()

    def made(self, *minutes: float, good: int = 1, scrap: int = 0) -> None:
        """Pieces, so many minutes after the shift began."""
        for minute in minutes:
            at = EARLY + minute * MINUTE
            self.session.add(
                Output(id=uuid.uuid4(), line_id=self.press, at=at, good=good, scrap=scrap)
            )
        self.session.flush()

    def called(self, reason: str, came: float | None, over: float | None, minute: int = 0) -> None:
        """A call, answered and resolved after so many minutes; each of its kind from elsewhere."""
        raised = EARLY + minute * MINUTE
        self.session.add(
            Call(
                line_id=self.press,
                station_id=self.plant.stations["press-s1"],
                reason=reason,
                raised_at=raised,
                acknowledged_at=None if came is None else raised + came * MINUTE,
                resolved_at=None if over is None else raised + over * MINUTE,
            )
        )
        self.session.flush()

    def terms(self, now: datetime = NOW) -> dict[str, Any]:
        return {"session": self.session, "plant": "north", "ask": directly, "now": now}

    def span(self, now: datetime = NOW) -> reports.Range:
        return reports.by_dates(MONDAY, zone=BERLIN, now=now)

    def output(self, by: str, now: datetime = NOW) -> list[Any]:
        """The press's rows."""
        rows, _ = reports.output(span=self.span(now), by=by, **self.terms(now))
        return [row for row in rows if row.slug == "press"]

    def lost(self, now: datetime = NOW) -> tuple[int, float]:
        """The press's stops, and the minutes they cost."""
        rows, _ = reports.downtime(span=self.span(now), **self.terms(now))
        pressed = [row for row in rows if row.slug == "press"]
        return sum(row.stops for row in pressed), sum(row.seconds for row in pressed) / 60


@pytest.fixture
def floor(parts: Parts, plant: Plant) -> Any:  # noqa: ANN401 (pytest's generator)
    with parts.database.sessions() as session:
        yield Floor(session, plant)
        session.rollback()


def test_pieces_fall_into_the_hours_of_the_plants_clock_against_a_target_spread_evenly(
    floor: Floor,
) -> None:
    floor.made(0, 59.9, good=100, scrap=2)
    floor.made(60, good=7)
    rows = floor.output("hour")

    assert [(row.good, row.scrap, row.target) for row in rows[5:8]] == [
        *((0, 0, None), (200, 4, 300), (7, 0, 300)),
    ]


def test_a_shift_is_told_whole_and_on_what_goes_on_only_so_much_is_due(floor: Floor) -> None:
    floor.made(10, good=50)
    (whole,), (so_far,) = floor.output("shift"), floor.output("shift", EARLY + 2 * HOUR)

    assert (whole.good, whole.target) == (50, 2400)
    assert (so_far.good, so_far.target) == (50, 600)


def test_a_target_of_nothing_is_no_target(floor: Floor) -> None:
    floor.session.execute(update(Shift).values(target=0))

    assert {row.target for row in floor.output("day")} == {None}


def test_pieces_of_a_short_and_a_long_day_are_all_there(floor: Floor) -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        span = reports.by_dates(
            {"from": day, "to": day}, zone=BERLIN, now=datetime(2027, 1, 1, tzinfo=UTC)
        )
        minutes = [(span.since - EARLY) / MINUTE + 30 + 60 * n for n in range(hours)]
        floor.made(*minutes)
        rows, _ = reports.output(span=span, by="hour", **floor.terms())

        assert [row.good for row in rows if row.slug == "press"] == [1] * hours


def test_ten_minutes_without_a_good_piece_in_working_time_are_lost(floor: Floor) -> None:
    floor.made(*range(0, 60, 5), *range(90, 480, 5))

    assert floor.lost() == (1, 35)


def test_scrap_alone_does_not_end_a_stop(floor: Floor) -> None:
    floor.made(0, 20, *range(20, 480, 9))
    floor.made(10, good=0, scrap=1)

    assert floor.lost() == (1, 20)


def test_what_is_no_working_time_is_not_lost(floor: Floor) -> None:
    floor.made(-90, 15, *range(15, 471, 8), 900)

    assert floor.lost() == (2, 15 + 17)


def test_a_stop_that_goes_on_is_lost_up_to_now(floor: Floor) -> None:
    floor.made(0)

    assert floor.lost(EARLY + 30 * MINUTE) == (1, 30)
    assert floor.lost(EARLY + 9 * MINUTE) == (0, 0)


def test_a_slow_line_stands_after_three_times_its_takt(floor: Floor) -> None:
    floor.session.execute(update(Line).values(target_per_hour=6))
    floor.made(0, 25, 60, 90, *range(120, 480, 29))

    assert floor.lost() == (3, 35 + 30 + 30)


def test_a_line_without_a_target_never_stands(floor: Floor) -> None:
    floor.session.execute(update(Line).values(target_per_hour=0))
    floor.made(0, 100)

    assert floor.lost() == (0, 0)


def test_the_longest_stops_come_first_and_the_last_one_still_stands(floor: Floor) -> None:
    floor.made(0, 20, 60)
    now = EARLY + 75 * MINUTE
    listed, _ = reports.longest(span=floor.span(now), **floor.terms(now))

    assert [(row.seconds / 60, row.is_over) for row in listed] == [
        *((40, True), (20, True), (15, False)),
    ]


def test_calls_are_told_by_middle_ninetieth_and_worst(floor: Floor) -> None:
    for n in range(1, 12):
        floor.called("material", came=n, over=10 * n, minute=n)
    told = reports.call_times(span=floor.span(), **floor.terms())

    (kind,), (line,) = told.kinds, told.lines
    assert (kind.reason, kind.kind, kind.come_within) == ("material", "Material", 300)
    assert line.name == "Press"
    for row in (told.all, kind, line):
        assert (row.calls, row.came_median / 60, row.came_90 / 60, row.came_worst / 60) == (
            *(11, 6, 10, 11),
        )
        assert (row.came_late, row.over_late, row.still_open) == (6, 9, 0)


def test_a_call_that_nobody_answered_is_late_and_one_resolved_at_once_was_answered(
    floor: Floor,
) -> None:
    floor.called("quality", came=None, over=None)
    floor.called("help", came=None, over=2)
    told = reports.call_times(span=floor.span(), **floor.terms())

    assert {row.reason: (row.came_late, row.came_median) for row in told.kinds} == {
        "quality": (1, None),
        "help": (0, 120),
    }
    assert told.all.still_open == 1


def test_a_day_without_calls_says_that_there_were_none(floor: Floor) -> None:
    told = reports.call_times(span=floor.span(), **floor.terms())

    assert (told.all.calls, told.kinds, told.lines) == (0, [], [])


def test_oee_is_told_with_what_went_in(floor: Floor) -> None:
    # Eight hours at 360 an hour; an hour's stop; 2,268 pieces in seven hours, 126 of them scrap.
    floor.made(*range(0, 421, 5), good=20)
    floor.made(480, good=442, scrap=126)
    each, _ = reports.oee(span=floor.span(), **floor.terms())
    press, weld = each

    assert (press.planned_seconds / 3600, press.down_seconds / 3600) == (8, 1)
    assert (press.made, press.good, press.possible) == (2268, 2142, 2520)
    assert (press.availability, press.performance, press.quality) == (
        *(0.875, 0.9, pytest.approx(0.94444, abs=1e-4)),
    )
    assert press.oee == pytest.approx(0.74375)
    assert weld.oee is None
    assert reports.oee_together(each, "All").oee == press.oee


SHARES = st.builds(
    Oee,
    label=st.just("a line"),
    planned_seconds=st.floats(1, 1e6),
    down_seconds=st.just(0.0),
    good=st.integers(1, 10_000),
    scrap=st.integers(0, 10_000),
    possible=st.floats(1, 1e6),
)


@given(each=st.lists(SHARES, min_size=1, max_size=5))
def test_lines_together_lie_between_the_worst_and_the_best(each: list[Oee]) -> None:
    together = reports.oee_together(each, "All")

    for name in ("availability", "performance", "quality"):
        shares = [getattr(line, name) for line in each]
        assert min(shares) - 1e-9 <= getattr(together, name) <= max(shares) + 1e-9


def test_a_line_that_stood_all_the_time_has_an_oee_of_nothing() -> None:
    line = Oee(label="", planned_seconds=60, down_seconds=60, good=0, scrap=0, possible=0)

    assert (line.availability, line.performance, line.quality, line.oee) == (0, None, None, 0)


def a_line(*, planned: float = 60, good: int = 0, possible: float = 0) -> Oee:
    return Oee(
        label="", planned_seconds=planned, down_seconds=0, good=good, scrap=0, possible=possible
    )


def test_a_line_that_nothing_was_heard_of_is_not_told_to_have_run() -> None:
    silent = a_line(possible=10)

    assert (silent.availability, silent.performance, silent.oee) == (None, None, None)


def test_lines_that_cannot_be_told_do_not_count_among_all() -> None:
    told, silent, aimless = a_line(good=8, possible=10), a_line(possible=10), a_line(good=99)

    assert (told.oee, silent.oee, aimless.oee) == (0.8, None, None)
    assert reports.oee_together([told, silent, aimless], "All").oee == 0.8


CAUSES = st.lists(
    st.builds(
        SimpleNamespace,
        name=st.sampled_from("abcde"),
        stops=st.integers(1, 9),
        seconds=st.integers(1, 9_999).map(float),
        longest_seconds=st.just(1.0),
    ),
    min_size=1,
)


@given(rows=CAUSES)
def test_a_pareto_falls_and_explains_all_in_the_end(rows: list[Any]) -> None:
    bars = reports.pareto(rows, lambda row: str(row.name))

    assert [bar.seconds for bar in bars] == sorted((bar.seconds for bar in bars), reverse=True)
    assert sum(bar.seconds for bar in bars) == sum(row.seconds for row in rows)
    assert sum(bar.stops for bar in bars) == sum(row.stops for row in rows)
    assert bars[-1].cumulative == pytest.approx(1)
