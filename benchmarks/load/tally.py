"""What happened in each second, small enough to be sent on, and put together by whoever gets it."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

PERCENTS = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99}


@dataclass(slots=True)
class Bunch:
    """How long things took within a second, by a time of two digits; and what went wrong."""

    ms: Counter[float] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    busy: int = 0

    @property
    def size(self) -> int:
        return self.ms.total()

    def add(self, milliseconds: float) -> None:
        self.ms[_two_digits(milliseconds)] += 1
        self.slowest_ms = max(self.slowest_ms, milliseconds)

    def join(self, other: "Bunch") -> None:
        """Take in what somebody else saw of the same second."""
        self.ms += other.ms
        self.wrong += other.wrong
        self.busy += other.busy
        self.slowest_ms = max(self.slowest_ms, other.slowest_ms)

    def percentiles(self) -> dict[str, float]:
        """The times that 50, 95 and 99 % did not exceed, and the slowest."""
        found = {name: self._percentile(percent) for name, percent in PERCENTS.items()}
        return found | {"max_ms": round(self.slowest_ms, 1)}

    def _percentile(self, percent: int) -> float:
        seen = 0
        for value, times in sorted(self.ms.items()):
            seen += times
            # Whole numbers: 0.99 times 100 is not quite 99.
            if seen * 100 >= percent * self.size:
                return value
        return 0.0


@dataclass(slots=True)
class Second:
    """Answers by route, what screens heard and how many listened, and what was acknowledged."""

    routes: dict[str, Bunch] = field(default_factory=dict)
    heard: Bunch = field(default_factory=Bunch)
    screens: int = 0
    acknowledged: list[tuple[str, int, int]] = field(default_factory=list)

    def route(self, name: str) -> Bunch:
        return self.routes.setdefault(name, Bunch())


class Tally:
    """Seconds under way; `take` hands over those that are over, and forgets them."""

    def __init__(self) -> None:
        self._seconds: dict[int, Second] = {}

    def at(self, moment: float) -> Second:
        """The second in which the moment (since 1970) lies."""
        return self._seconds.setdefault(int(moment), Second())

    def take(self, *, before: float = math.inf) -> Iterator[tuple[int, Second]]:
        for at in sorted(at for at in self._seconds if at + 1 <= before):
            yield at, self._seconds.pop(at)

    def join(self, packed: Iterable[Any]) -> None:
        """Take in what somebody else has `packed`."""
        for at, routes, heard, screens, acknowledged in packed:
            second = self.at(at)
            for name, bunch in routes:
                second.route(name).join(_unpacked(bunch))
            second.heard.join(_unpacked(heard))
            second.screens += screens
            second.acknowledged += [tuple(each) for each in acknowledged]


def packed(seconds: Iterable[tuple[int, Second]]) -> list[Any]:
    """Lists and numbers alone, as messages carry them."""
    return [
        [
            at,
            [[name, _packed(bunch)] for name, bunch in second.routes.items()],
            _packed(second.heard),
            second.screens,
            second.acknowledged,
        ]
        for at, second in seconds
    ]


def _packed(bunch: Bunch) -> list[Any]:
    return [
        [list(item) for item in bunch.ms.items()],
        bunch.slowest_ms,
        [list(item) for item in bunch.wrong.items()],
        bunch.busy,
    ]


def _unpacked(sent: list[Any]) -> Bunch:
    ms, slowest, wrong, busy = sent
    return Bunch(Counter(dict(ms)), slowest, Counter(dict(wrong)), busy)


def _two_digits(milliseconds: float) -> float:
    """To two digits, so that a second of a thousand answers has few different times."""
    return float(f"{milliseconds:.2g}") if milliseconds > 0 else 0.0
