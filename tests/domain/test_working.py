"""When a line is to work and when it rests, by its shifts, their breaks and what is declared."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.board.working import Declared, Rest, Stretch, rest_of

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def stretches(*hours: tuple[float, float]) -> list[Stretch]:
    return [Stretch(at(since), at(until)) for since, until in hours]


# An early shift with a break, and a late one that it meets.
SHIFTS = stretches((6, 14), (14, 22))
WORK = stretches((6, 9), (9.5, 14), (14, 22))


def told(hour: float, *declared: tuple[float, float | None]) -> tuple[object, ...]:
    """Since when and until when it rests, by hours; and why."""
    stops = [
        Declared(at(since), None if until is None else at(until), "Changeover")
        for since, until in declared
    ]
    rest = rest_of(WORK, SHIFTS, stops, at(hour))
    assert rest is not None
    since, until = (
        None if moment is None else (moment - DAY) / timedelta(hours=1)
        for moment in (rest.since, rest.until)
    )
    return since, until, rest.is_on(at(hour)), rest.without_shift, rest.name


def test_a_break_is_a_rest_within_a_shift() -> None:
    assert told(9.25) == (9, 9.5, True, False, "Break")


def test_after_a_break_the_break_is_the_last_rest_past_the_next_shift_too() -> None:
    assert told(10)[:4] == (9, 9.5, False, False)
    assert told(15)[:4] == (9, 9.5, False, False)


def test_without_a_shift_there_is_a_rest_until_the_next_one() -> None:
    assert told(5) == (None, 6, True, True, "No shift")
    assert told(23) == (22, None, True, True, "No shift")
    assert told(22)[2:] == (True, True, "No shift")


def test_what_is_declared_is_a_rest_until_somebody_ends_it() -> None:
    assert told(11, (10, None)) == (10, None, True, False, "Changeover")
    assert told(11, (10, 10.5))[:3] == (10, 10.5, False)


def test_rests_that_meet_are_one() -> None:
    assert told(9.6, (9.5, 9.75)) == (9, 9.75, True, False, "Changeover")
    assert told(23, (21, None)) == (21, None, True, True, "Changeover")


def test_a_line_that_was_never_given_a_shift_rests_only_when_that_is_declared() -> None:
    declared = [Declared(at(10), None, "No order")]

    assert rest_of([], [], [], at(11)) is None
    assert rest_of([], [], declared, at(11)) == Rest(at(10), None, "No order", without_shift=False)


HOURS = st.integers(0, 96).map(lambda quarter: quarter / 4)
SPANS = st.lists(st.tuples(HOURS, HOURS).filter(lambda span: span[0] < span[1]), max_size=4)


@given(work=SPANS, declared=SPANS, hour=HOURS)
def test_a_line_rests_where_no_work_is_planned_and_nowhere_else(
    work: list[tuple[float, float]], declared: list[tuple[float, float]], hour: float
) -> None:
    stops = [Declared(at(since), at(until), "x") for since, until in declared]
    rest = rest_of(stretches(*work), stretches(*work), stops, at(hour))
    due = not work or any(since <= hour < until for since, until in work)
    off = any(since <= hour < until for since, until in declared)

    assert (rest is not None and rest.is_on(at(hour))) == (off or not due)
