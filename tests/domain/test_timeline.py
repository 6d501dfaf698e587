"""What a line did over time: kept by a trigger whoever judges, and told without a gap."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import board, stops
from app.domain.stops.timeline import Band, _joined
from app.models import Output, Shift, ShiftBreak
from app.parts import Parts
from tests.builders import Plant

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# As code of before keeps a state, down to the columns it names.
OLD_KEEP = text("""
INSERT INTO line_status AS kept (line_id, state, since) VALUES (1, :state, :since)
ON CONFLICT (line_id) DO UPDATE SET state = excluded.state, since = excluded.since
WHERE kept.state <> excluded.state OR kept.since IS DISTINCT FROM excluded.since
""")


@pytest.fixture
def session(parts: Parts, plant: Plant) -> Iterator[Session]:
    with parts.database.sessions() as session:
        session.execute(text("DELETE FROM shift"))
        yield session
        session.rollback()


def at(minute: float) -> datetime:
    return START + minute * MINUTE


def keep(session: Session, state: str, minute: float) -> None:
    session.execute(OLD_KEEP, {"state": state, "since": at(minute)})


def told(session: Session, since: float, until: float) -> list[tuple[str, float, float]]:
    bands = stops.timeline(session, 1, at(since), at(until))
    return [
        (band.state, (band.since - START) / MINUTE, (band.until - START) / MINUTE) for band in bands
    ]


def test_states_are_kept_whichever_drain_finds_them(session: Session) -> None:
    for state, minute in (("running", 0), ("stopped", 10), ("stopped", 10), ("running", 15)):
        keep(session, state, minute)

    assert told(session, 0, 60) == [("running", 0, 10), ("stopped", 10, 15), ("running", 15, 60)]
    assert told(session, 12, 14) == [("stopped", 12, 14)]


def test_a_state_that_began_before_it_was_noticed_takes_the_place_of_what_was_kept(
    session: Session,
) -> None:
    for state, minute in (("running", 0), ("slow", 20), ("stopped", 18)):
        keep(session, state, minute)

    assert told(session, 0, 30) == [("running", 0, 18), ("stopped", 18, 30)]


def test_a_signal_that_changes_no_state_is_no_state(session: Session) -> None:
    keep(session, "running", 0)
    session.execute(text("UPDATE line_status SET last_output_at = :at"), {"at": at(5)})

    assert session.scalar(text("SELECT count(*) FROM line_state")) == 1


def test_judging_keeps_the_states_it_finds(session: Session) -> None:
    # Of a line without a pace to keep, none is slow.
    session.execute(text("UPDATE line SET target_per_hour = 0"))
    session.add(Shift(line_id=1, starts_at=at(0), ends_at=at(480), target=480))
    session.flush()
    shift = session.scalar(text("SELECT id FROM shift"))
    session.add(ShiftBreak(shift_id=shift, starts_at=at(60), ends_at=at(80)))
    session.flush()

    def pass_time(*minutes: float, made: bool) -> None:
        for minute in minutes:
            if made:
                session.execute(
                    text(
                        "INSERT INTO line_status AS kept (line_id, last_output_at) VALUES (1, :at)"
                        " ON CONFLICT (line_id) DO UPDATE SET last_output_at = :at"
                    ),
                    {"at": at(minute)},
                )
            session.execute(
                text("UPDATE line_status SET last_reading_at = :at"), {"at": at(minute)}
            )
            board.judge(session, now=at(minute), line_ids=[1])

    pass_time(*range(50, 59), made=True)
    pass_time(*[59 + n / 4 for n in range(120)], made=False)
    pass_time(90, 91, made=True)

    assert told(session, 50, 92) == [
        *(("running", 50, 58), ("stopped", 58, 60), ("planned", 60, 80)),
        *(("stopped", 80, 90), ("running", 90, 92)),
    ]


def test_two_drains_at_once_keep_one_history(parts: Parts, plant: Plant) -> None:
    def judge(number: int) -> None:
        for n in range(number, 60, 2):
            with parts.database.transaction() as session:
                keep(session, ("running", "stopped", "slow")[n % 3], n)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(judge, (0, 1)))
    with parts.database.transaction() as session:
        last = session.execute(
            text(
                "SELECT kept.state, kept.starts_at, status.state AS newest, status.since"
                " FROM line_state AS kept JOIN line_status AS status USING (line_id)"
                " ORDER BY starts_at DESC LIMIT 1"
            )
        ).one()

    assert (last.state, last.starts_at) == (last.newest, last.since)


def test_before_states_were_kept_they_are_told_by_pieces_and_plan(session: Session) -> None:
    session.add(Shift(line_id=1, starts_at=at(0), ends_at=at(240), target=240))
    session.flush()
    shift = session.scalar(text("SELECT id FROM shift"))
    # A gap around this break has less than ten minutes of working time: no stop.
    session.add(ShiftBreak(shift_id=shift, starts_at=at(122), ends_at=at(134)))
    for minute in (*range(5, 61, 5), *range(90, 121, 5), *range(135, 151, 5)):
        session.add(Output(id=uuid.uuid4(), line_id=1, at=at(minute), good=1, scrap=0))
    session.flush()
    keep(session, "running", 230)

    assert told(session, -30, 300) == [
        *(("planned", -30, 0), ("running", 0, 60), ("stopped", 60, 90), ("running", 90, 122)),
        *(("planned", 122, 134), ("running", 134, 165)),
        *(("unknown", 165, 230), ("running", 230, 300)),
    ]


def test_what_is_known_of_now_is_the_end_of_it(session: Session) -> None:
    keep(session, "running", 0)
    bands = stops.timeline(session, 1, at(0), at(30), newest=("unknown", at(20)))

    assert [(band.state, band.since) for band in bands] == [("running", at(0)), ("unknown", at(20))]


BANDS = st.lists(
    st.tuples(st.sampled_from(["running", "stopped"]), st.integers(0, 3)), min_size=1, max_size=12
)


@given(BANDS)
def test_joined_bands_meet_and_no_neighbours_are_alike(lengths: list[tuple[str, int]]) -> None:
    ends = [0]
    for _, length in lengths:
        ends.append(ends[-1] + length)
    given_bands = [
        Band(state, at(since), at(until))
        for (state, _), since, until in zip(lengths, ends, ends[1:], strict=False)
    ]
    bands = list(_joined(given_bands))

    assert sum((band.lasts for band in bands), timedelta()) == at(ends[-1]) - at(0)
    for before, after in pairwise(bands):
        assert before.until == after.since
        assert before.state != after.state
