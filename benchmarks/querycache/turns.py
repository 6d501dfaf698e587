"""Bursts in turns: every round asks each contender once, in an order of its own."""

import os
import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.rounds import percentile

Burst = Callable[[], list[float]]
# The bursts of each, round by round.
Bursts = dict[str, list[list[float]]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one contender took, and how many times the measure's cost that is."""

    median_us: float
    p99_us: float
    ratios: list[float]

    @property
    def times(self) -> float:
        return statistics.median(self.ratios)


def in_shuffled_turns(
    contenders: Mapping[str, Burst], *, rounds: int, chance: random.Random
) -> Bursts:
    """Each one's bursts; a first round of all warms up and is not counted."""
    bursts: Bursts = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name in chance.sample(list(contenders), len(contenders)):
            taken = contenders[name]()
            if number:
                bursts[name].append(taken)
    return bursts


def cost(bursts: Bursts, name: str, *, measure: str) -> Cost:
    """A ratio is taken within its round, of the two medians."""
    medians = {each: [statistics.median(burst) for burst in bursts[each]] for each in bursts}
    samples = [taken * 1e6 for burst in bursts[name] for taken in burst]
    pairs = zip(medians[name], medians[measure], strict=True)
    return Cost(
        statistics.median(samples), percentile(samples, 99), [ours / bare for ours, bare in pairs]
    )


@contextmanager
def on_one_cpu() -> Iterator[bool]:
    """Keep this process, and what it starts meanwhile, on one CPU; false where that cannot be.

    An idle virtual CPU takes some 70 µs to wake, twice what a GET takes: across two CPUs that hides
    what the software costs.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield True
    finally:
        os.sched_setaffinity(0, allowed)
