"""What a part of `make bench` found: words and tables for people, figures for the next run."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from typing import Literal

FIFTHS = 5

# A ratio of two things of one run; what was counted; what a clock said, which is the machine's.
Kind = Literal["ratio", "count", "clock"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number by a name that stays: a goal is held against it, and the next run's compared.

    `fifths` are the medians of each fifth of the rounds: how far it wanders within one run.
    """

    name: str
    value: float
    kind: Kind
    unit: str = "times"
    fifths: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """All of a part; `numbers` is what no figure holds, for charts and the curious.

    `images` are drawings by their file's name.
    """

    machine: str
    tables: str
    means: str
    figures: list[Figure] = field(default_factory=list)
    numbers: dict[str, object] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """What stands under the part's heading; it may be of another day than the rest."""
        return f"{self.machine}\n\n{self.tables}\n\n{self.means}\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of `make bench`, by the name that asks for it alone, and the page it stands on."""

    name: str
    heading: str
    measure: Callable[[Callable[[str], None]], Finding]
    page: str = "benchmarks.md"


def ratio(name: str, values: Sequence[float]) -> Figure:
    """Of two things, round by round."""
    return Figure(name, round(statistics.median(values), 4), "ratio", fifths=fifths(values))


def counted(name: str, value: float, unit: str) -> Figure:
    return Figure(name, value, "count", unit)


def clocked(name: str, value: float, unit: str) -> Figure:
    return Figure(name, round(value, 4), "clock", unit)


def fifths(values: Sequence[float]) -> list[float]:
    """The medians of five stretches of the run; none where there are fewer rounds."""
    if len(values) < FIFTHS:
        return []
    cuts = [round(number * len(values) / FIFTHS) for number in range(FIFTHS + 1)]
    return [round(statistics.median(values[first:last]), 4) for first, last in pairwise(cuts)]


def machine(*packages: str) -> str:
    """What the numbers are taken on, how busy it is, and whose versions, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    named = "".join(f", {name} {version(name)}" for name in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {cores} cores{busy}; "
        f"Python {platform.python_version()}{named}"
    )
