"""What a line does, judged by what was heard of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.board import UNKNOWN_AFTER, Signals, derive

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


MOMENTS = st.none() | st.integers(0, 5000).map(ago)
LINES = st.builds(
    Signals,
    state=st.sampled_from(["running", "slow", "stopped", "unknown"]),
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

    assert (derive(line, NOW)[0] == "unknown") == silent


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
    )

    assert derive(again, NOW) == (state, since)


@given(LINES)
def test_no_state_begins_in_the_future(line: Signals) -> None:
    since = derive(line, NOW)[1]

    assert since is None or since <= NOW
