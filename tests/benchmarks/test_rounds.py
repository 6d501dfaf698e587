import pytest

from benchmarks.rounds import Compared, in_turns, percentile


def test_the_two_take_turns_and_the_first_round_is_not_counted() -> None:
    order: list[str] = []

    def take(name: str, value: float) -> float:
        order.append(name)
        return value + len(order)

    ours, bare = in_turns(lambda: take("a", 0.0), lambda: take("b", 100.0), rounds=2)

    assert order == ["a", "b"] * 3
    assert ours == [3.0, 5.0]
    assert bare == [104.0, 106.0]


def test_a_cost_is_taken_within_its_round() -> None:
    compared = Compared("landing", "batches/s", "", ours=[10.0, 50.0], bare=[40.0, 100.0])

    assert compared.costs == [4.0, 2.0]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 99, 0.0), ([7.0], 50, 7.0), ([4.0, 1.0, 2.0], 50, 2.0), (list(range(101)), 99, 99.0)],
)
def test_a_percentile_lies_among_the_values(
    values: list[float], percent: int, expected: float
) -> None:
    assert percentile(values, percent) == expected
