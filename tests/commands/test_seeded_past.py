from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from app.commands.seed.production import BY_NIGHT, watch_of_each_slot, work
from app.commands.seed.shifts import watches
from app.commands.signals import Signal, habit
from app.models import Plant


def test_the_night_of_the_clock_change_is_longer() -> None:
    berlin = Plant(id=1, slug="north", name="North", time_zone="Europe/Berlin")
    evening = datetime(2026, 10, 24, 21, tzinfo=UTC)
    (night,) = watches(berlin, first=evening, last=evening + timedelta(hours=1))

    assert night.by_night
    assert night.ends_at - night.starts_at == timedelta(hours=9)


def test_shifts_follow_each_other_and_the_teams_take_turns() -> None:
    monterrey = Plant(id=1, slug="south", name="South", time_zone="America/Monterrey")
    first = datetime(2026, 3, 2, 12, tzinfo=UTC)
    planned = watches(monterrey, first=first, last=first + timedelta(days=21))

    assert planned[0].starts_at <= first < planned[0].ends_at
    assert all(a.ends_at == b.starts_at for a, b in pairwise(planned))
    assert {watch.team for watch in planned if watch.by_night} == {"Team A", "Team B", "Team C"}


def test_a_line_makes_about_its_plan_with_stops_and_weaker_nights() -> None:
    berlin = Plant(id=1, slug="north", name="North", time_zone="Europe/Berlin")
    start = datetime(2026, 3, 2, tzinfo=UTC)
    planned = watches(berlin, first=start, last=start + timedelta(days=200))
    watched = watch_of_each_slot(planned, start=start, slots=200 * 288)
    worked = work(watched, Random(7))  # noqa: S311 (a past that repeats)
    nights = [
        level for level, watch in zip(worked.activity, watched, strict=True) if watch.by_night
    ]

    assert 0.8 < sum(worked.activity) / len(watched) < 1.0
    assert 0.0 in worked.activity
    assert any(stop.planned for stop in worked.stops)
    assert sum(nights) / len(nights) == pytest.approx(
        BY_NIGHT * sum(worked.activity) / len(watched), rel=0.06
    )


@pytest.mark.parametrize(("low", "high"), [(None, 4.5), (140.0, 210.0), (None, 105.0)])
def test_a_sensor_stays_inside_its_limits_but_for_a_breach(low: float | None, high: float) -> None:
    def values(breach_chance: float) -> list[float]:
        signal = Signal(
            habit(metric="temperature", low=low, high=high),
            Random(3),  # noqa: S311 (values that repeat)
            memory=0.8,
            breach_chance=breach_chance,
            breach_steps=(2, 6),
        )
        return [signal.next(1.0) for _ in range(5_000)]

    def breaches(found: list[float]) -> int:
        return sum(value > high or (low is not None and value < low) for value in found)

    assert breaches(values(0.0)) == 0
    assert 5 < breaches(values(0.005)) < 500
