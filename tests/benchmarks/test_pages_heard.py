"""What is made of the rounds in which pages listened."""

from benchmarks.finding import Figure
from benchmarks.live.crowd import Heard
from benchmarks.live.part import BARE, OURS, Met, figures_of


def met(p99_ms: float, share: float, cpu_us: float) -> Met:
    return Met([Heard(500, 1.0, p99_ms, share, cpu_us, 100.0)] * 5, 1_000.0, 0)


def named(figures: list[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def test_a_delivery_is_held_against_the_least_that_fans_out() -> None:
    found = {OURS: {500: met(40.0, 1.0, 60.0)}, BARE: {500: met(10.0, 1.0, 20.0)}}

    assert named(figures_of(found)) == {
        "a delivery to 500 : bare": 3.0,
        "delivered to 500": 100.0,
        "p99 of 500": 40.0,
    }


def test_a_round_in_which_nobody_heard_has_no_lateness() -> None:
    found = {OURS: {500: met(0.0, 0.0, 60.0)}, BARE: {500: met(10.0, 1.0, 20.0)}}

    assert "p99 of 500" not in named(figures_of(found))
    assert named(figures_of(found))["delivered to 500"] == 0.0
