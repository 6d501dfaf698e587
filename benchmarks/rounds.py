"""Two ways of doing one thing, measured in turns."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Compared:
    """The rates of both, round by round; `means` says what the row compares and leaves out.

    `beside` is the bare call's name.
    """

    name: str
    unit: str
    means: str
    ours: list[float]
    bare: list[float]
    beside: str = "bare"

    @property
    def costs(self) -> list[float]:
        """How many times the bare call's cost is ours, round by round."""
        return [bare / ours for ours, bare in zip(self.ours, self.bare, strict=True)]


def in_turns(
    ours: Callable[[], float], bare: Callable[[], float], *, rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """The rates that each gives, A B A B; a first round of both warms up and is not counted."""
    pairs = [(ours(), bare()) for _ in range(rounds + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def rate(work: Callable[[], object], *, times: int) -> float:
    """How often a second `work` can be done, one after the other."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - began)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of them do not exceed, between neighbours; 0 where there is none."""
    if len(values) < 2:  # noqa: PLR2004 (quantiles wants two)
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
