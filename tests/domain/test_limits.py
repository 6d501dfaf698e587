"""When a sensor is beyond its limits, and when it is back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.telemetry.limits import Alert, Limits, Reading, Watch, follow

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
# A band of 80: without a hysteresis of its own a sensor is back 1.6 inside.
LIMITS = Limits(low=10.0, high=90.0, hysteresis=5.0, hold=timedelta(seconds=10))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def readings(*values: float) -> list[Reading]:
    """A reading every five seconds."""
    return [(at(5 * n), value) for n, value in enumerate(values)]


def alerts(limits: Limits, *values: float) -> list[tuple[str, float, float, float | None]]:
    """Kind, worst value, and the seconds at which it was raised and cleared."""
    watch, found = follow(Watch(), limits, readings(*values))
    found += [watch.alert] if watch.alert else []

    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - START).total_seconds()

    return [
        (one.kind, one.worst, seconds(one.raised_at) or 0.0, seconds(one.cleared_at))
        for one in found
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # Beyond for the hold and no less; a value on the limit is within it.
        ((91, 91), []),
        ((91, 91, 91), [("high", 91, 10, None)]),
        ((91, 90, 91, 91), []),
        ((9, 9, 8, 9), [("low", 8, 10, None)]),
        # The worst counts from the first one beyond.
        ((50, 99, 91, 92), [("high", 99, 15, None)]),
        # Back by the hysteresis, for the hold: until then it goes on, and may get worse.
        ((91, 91, 91, 88, 88, 88, 88), [("high", 91, 10, None)]),
        ((91, 91, 91, 85, 85), [("high", 91, 10, None)]),
        ((91, 91, 91, 85, 85, 85), [("high", 91, 10, 25)]),
        ((91, 91, 91, 85, 86, 85, 85), [("high", 91, 10, None)]),
        ((91, 91, 91, 85, 97, 85, 85, 85), [("high", 97, 10, 35)]),
        ((9, 9, 9, 15, 15, 15), [("low", 9, 10, 25)]),
        # From one side to the other it is back first, and beyond the other limit from then on.
        ((91, 91, 91, 5, 5, 5), [("high", 91, 10, 25)]),
        ((91, 91, 91, 5, 5, 5, 5, 4), [("high", 91, 10, 25), ("low", 4, 35, None)]),
        ((91, 91, 5, 5, 5), [("low", 5, 20, None)]),
    ],
)
def test_alerts_of(
    values: tuple[float, ...], expected: list[tuple[str, float, float, float | None]]
) -> None:
    assert alerts(LIMITS, *values) == expected


def test_without_a_hold_each_reading_decides() -> None:
    at_once = LIMITS._replace(hold=timedelta(0))

    assert alerts(at_once, 91, 5, 50) == [("high", 91, 0, 5), ("low", 5, 5, 10)]


def test_silence_neither_raises_nor_clears_but_what_follows_it_does() -> None:
    beyond, _ = follow(Watch(), LIMITS, readings(91, 91, 91))
    still = follow(beyond, LIMITS, [])
    later = follow(Watch(), LIMITS, [(at(0), 91), (at(3600), 91)])

    assert still == (beyond, [])
    assert later[0].alert == Alert("high", 90, raised_at=at(3600), worst=91)


@pytest.mark.parametrize(
    ("limits", "back"),
    [
        (Limits(10, 90, None, timedelta(0)), 88.4),
        (Limits(None, 50, None, timedelta(0)), 49),
        (Limits(None, 90, 0, timedelta(0)), 90),
    ],
)
def test_what_is_not_said_is_a_part_of_the_band_or_of_the_one_limit(
    limits: Limits, back: float
) -> None:
    assert limits.has_back(back, beyond="high")
    assert limits.hysteresis == 0 or not limits.has_back(back + 0.01, beyond="high")


def test_a_limit_that_is_taken_away_is_passed_no_longer() -> None:
    beyond, _ = follow(Watch(), LIMITS, readings(91, 91, 91))
    freed, ended = follow(beyond, LIMITS._replace(high=None), [(at(60), 91), (at(70), 91)])

    assert [alert.cleared_at for alert in ended] == [at(70)]
    assert freed == Watch(at(70))


VALUES = st.lists(st.sampled_from([5.0, 12.0, 50.0, 84.0, 88.0, 95.0]), max_size=40)
HOLDS = st.sampled_from([0, 5, 10, 20]).map(lambda seconds: timedelta(seconds=seconds))


@given(VALUES, HOLDS, st.data())
def test_batches_do_not_matter(values: list[float], hold: timedelta, data: st.DataObject) -> None:
    limits, whole = LIMITS._replace(hold=hold), readings(*values)
    watch, ended = Watch(), list[Alert]()
    left = whole
    while left:
        size = data.draw(st.integers(1, len(left)))
        watch, more = follow(watch, limits, left[:size])
        ended, left = ended + more, left[size:]

    assert (watch, ended) == follow(Watch(), limits, whole)


@given(VALUES, HOLDS, st.data())
def test_what_is_judged_again_from_before_the_turn_comes_out_the_same(
    values: list[float], hold: timedelta, data: st.DataObject
) -> None:
    limits, whole = LIMITS._replace(hold=hold), readings(*values)
    seen = data.draw(st.integers(0, len(whole)))
    watch, ended = follow(Watch(), limits, whole[:seen])
    before = watch.before_turning()
    rest = [each for each in whole if before.newest is None or each[0] > before.newest]
    again, more = follow(before, limits, rest)

    assert (again, ended + more) == follow(Watch(), limits, whole)


@given(VALUES, HOLDS)
def test_an_alert_had_been_beyond_and_then_back_for_the_hold(
    values: list[float], hold: timedelta
) -> None:
    limits, whole = LIMITS._replace(hold=hold), readings(*values)
    watch, ended = follow(Watch(), limits, whole)
    for alert in [*ended, *([watch.alert] if watch.alert else [])]:
        raising = [v for t, v in whole if alert.raised_at - hold <= t <= alert.raised_at]
        assert {limits.passed(value) for value in raising} == {alert.kind}
        if alert.cleared_at is not None:
            clearing = [v for t, v in whole if alert.cleared_at - hold <= t <= alert.cleared_at]
            assert all(limits.has_back(value, beyond=alert.kind) for value in clearing)
