"""What a line does, judged by what was heard of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.board import UNKNOWN_AFTER, Signals, derive
from app.domain.board.states import unknown_after
from app.domain.board.working import Rest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def a_line(**but: object) -> Signals:
    """A line that has run for an hour at its target of 360 an hour."""
    facts: dict[str, object] = {
        "state": "running",
        "since": ago(3600),
        "last_reading_at": ago(2),
        "last_output_at": ago(8),
        "pace_pieces": 30,
        "target_per_hour": 360,
    }
    return Signals(**(facts | but))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "state", "since"),
    [
        (a_line(), "running", ago(3600)),
        (a_line(last_reading_at=None), "running", ago(3600)),
        (a_line(last_reading_at=ago(61), last_output_at=ago(90)), "unknown", ago(61)),
        (a_line(last_reading_at=None, last_output_at=None), "unknown", None),
        (
            a_line(state="unknown", since=ago(500), last_reading_at=ago(61), last_output_at=None),
            "unknown",
            ago(500),
        ),
        (a_line(last_output_at=ago(61)), "stopped", ago(61)),
        (a_line(last_output_at=None), "stopped", ago(2)),
        (a_line(state="stopped", since=ago(900), last_output_at=ago(960)), "stopped", ago(900)),
        (a_line(state="stopped", since=ago(900)), "running", NOW),
        (a_line(state="unknown", since=ago(900)), "running", NOW),
        (a_line(pace_pieces=22), "slow", NOW),
        (a_line(pace_pieces=23), "running", ago(3600)),
        (a_line(state="slow", pace_pieces=25), "slow", ago(3600)),
        (a_line(state="slow", pace_pieces=26), "running", NOW),
        (a_line(since=ago(60), pace_pieces=0), "running", ago(60)),
        (a_line(target_per_hour=0, pace_pieces=0), "running", ago(3600)),
        (a_line(target_per_hour=30, last_output_at=ago(300)), "running", ago(3600)),
        (a_line(target_per_hour=30, last_output_at=ago(361)), "stopped", ago(361)),
    ],
)
def test_a_line_is(line: Signals, state: str, since: datetime | None) -> None:
    assert derive(line, NOW) == (state, since)


def in_a_break(since: float, until: float | None = None) -> Rest:
    """A break that began so many seconds ago, and ended so many ago if it is over."""
    return Rest(ago(since), ago(-600 if until is None else until), "Break", without_shift=False)


def without_a_shift(since: float, until: float | None = None) -> Rest:
    return Rest(ago(since), None if until is None else ago(until), "No shift", without_shift=True)


@pytest.mark.parametrize(
    ("line", "state", "since"),
    [
        # It stands in its break, and goes on running for the minute in which it might.
        (a_line(rest=in_a_break(300), last_output_at=ago(305)), "planned", ago(300)),
        (a_line(rest=in_a_break(30), last_output_at=ago(35)), "running", ago(3600)),
        (a_line(rest=in_a_break(30), last_output_at=ago(95)), "planned", ago(30)),
        (a_line(rest=in_a_break(300), last_output_at=ago(200)), "planned", ago(200)),
        # What stood before the break is planned in it, and stands again afterwards.
        (
            a_line(state="stopped", since=ago(900), rest=in_a_break(300), last_output_at=ago(900)),
            "planned",
            ago(300),
        ),
        (a_line(state="planned", since=ago(1500), rest=in_a_break(1500, 30)), "running", NOW),
        (
            a_line(
                state="planned",
                since=ago(1500),
                rest=in_a_break(1500, 60),
                last_output_at=ago(1510),
            ),
            "planned",
            ago(1500),
        ),
        (
            a_line(
                state="planned",
                since=ago(1500),
                rest=in_a_break(1500, 61),
                last_output_at=ago(1510),
            ),
            "stopped",
            ago(61),
        ),
        (
            a_line(
                target_per_hour=30,
                state="planned",
                since=ago(1500),
                rest=in_a_break(1500, 300),
                last_output_at=ago(1510),
            ),
            "planned",
            ago(1500),
        ),
        # Nobody saw the break: what it says of before is not believed.
        (
            a_line(
                state="stopped",
                since=ago(5000),
                rest=in_a_break(1500, 300),
                last_output_at=ago(5000),
            ),
            "stopped",
            ago(300),
        ),
        # Whoever works through a break is not slow.
        (a_line(rest=in_a_break(300), pace_pieces=3), "running", ago(3600)),
        (a_line(rest=in_a_break(3000, 600), pace_pieces=3), "slow", NOW),
        # Silence is unknown in a break, and nothing strange where no shift is on.
        (
            a_line(rest=in_a_break(300), last_reading_at=ago(61), last_output_at=ago(310)),
            "unknown",
            ago(61),
        ),
        (
            a_line(rest=without_a_shift(300), last_reading_at=ago(290), last_output_at=ago(310)),
            "planned",
            ago(300),
        ),
        (
            a_line(rest=without_a_shift(300), last_reading_at=None, last_output_at=None),
            "planned",
            ago(300),
        ),
        (
            a_line(
                state="planned",
                since=ago(9000),
                rest=without_a_shift(9000, 5),
                last_reading_at=ago(8990),
                last_output_at=ago(9010),
            ),
            "unknown",
            ago(5),
        ),
    ],
)
def test_a_line_that_rests_is(line: Signals, state: str, since: datetime | None) -> None:
    assert derive(line, NOW) == (state, since)


def test_a_line_without_a_shift_is_believed_until_its_next_one() -> None:
    heard = {"last_reading_at": ago(290), "last_output_at": ago(310)}

    assert unknown_after(a_line(rest=in_a_break(300), **heard), NOW) == ago(230)
    assert unknown_after(a_line(rest=without_a_shift(300, -50), **heard), NOW) == ago(-50)
    assert unknown_after(a_line(rest=without_a_shift(300), **heard), NOW) is None


MOMENTS = st.none() | st.integers(0, 5000).map(ago)
RESTS = st.none() | st.builds(
    lambda began, lasted, ends, name, off: Rest(
        None if began is None else ago(began + lasted), ago(began or 0) if ends else None, name, off
    ),
    st.none() | st.integers(-600, 5000),
    st.integers(601, 5000),
    st.booleans(),
    st.just("Break"),
    st.booleans(),
)
LINES = st.builds(
    Signals,
    rest=RESTS,
    state=st.sampled_from(["running", "slow", "stopped", "planned", "unknown"]),
    since=st.integers(0, 9000).map(ago),
    last_reading_at=MOMENTS,
    last_output_at=MOMENTS,
    pace_pieces=st.integers(0, 400),
    target_per_hour=st.integers(0, 4000),
)


@given(LINES)
def test_a_line_that_was_not_heard_of_for_a_minute_is_unknown(line: Signals) -> None:
    heard = line.last_signal_at
    silent = heard is None or NOW - heard > UNKNOWN_AFTER

    assert (derive(line, NOW)[0] == "unknown") == (silent and not line.is_off(NOW))


@given(LINES)
def test_judging_twice_changes_nothing(line: Signals) -> None:
    state, since = derive(line, NOW)
    again = Signals(
        state=state,
        since=since,
        last_reading_at=line.last_reading_at,
        last_output_at=line.last_output_at,
        pace_pieces=line.pace_pieces,
        target_per_hour=line.target_per_hour,
        rest=line.rest,
    )

    assert derive(again, NOW) == (state, since)


@given(LINES)
def test_a_line_stands_as_planned_or_stopped_and_never_both_ways(line: Signals) -> None:
    state = derive(line, NOW)[0]
    still_to_start = line.begun_anew(NOW) is not None

    if state == "stopped":
        assert not line.rests(NOW)
    if state == "planned":
        assert line.rests(NOW) or still_to_start


@given(LINES)
def test_no_state_begins_in_the_future(line: Signals) -> None:
    since = derive(line, NOW)[1]

    assert since is None or since <= NOW
