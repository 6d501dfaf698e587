"""What a run's lines come to: sums, shares and percentiles, over time and by route."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lab.report.folder import Delivery, Run, Sample

# So many points a chart shows well; a longer run has longer buckets.
MOST_POINTS = 200
PERCENTS = (50, 95, 99)
# Of what a second says, this share took at most its p50, so much more at most its p95, …
_SHARES = (("p50_ms", 0.50), ("p95_ms", 0.45), ("p99_ms", 0.04), ("max_ms", 0.01))

Point = tuple[float, float]


class Times(NamedTuple):
    """How long things took, in milliseconds: so many percent took no longer."""

    p50: float
    p95: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Route:
    """One route as one kind of caller asked it, or all together, over the whole run."""

    name: str
    by: str
    requests: int
    errors: int
    busy: int
    times: Times

    @property
    def wrong(self) -> int:
        """What went wrong beside answers of 503, which ask to come back."""
        return self.errors - self.busy


def times(seconds: Iterable[Sample | Delivery]) -> Times:
    """Of many seconds together; what they say of themselves is too little to say it exactly.

    Each value is taken for the greatest of its share, so a time is never told too short.
    """
    weighted: list[tuple[float, float]] = []
    for second in seconds:
        size = second.requests if isinstance(second, Sample) else second.events
        # Deliveries do not say what the slowest took.
        weighted += [
            (getattr(second, name, second.p99_ms), size * share) for name, share in _SHARES
        ]
    weighted.sort()
    whole = sum(weight for _, weight in weighted)
    if not whole:
        return Times(0.0, 0.0, 0.0, 0.0)
    p50, p95, p99 = (_at_share(weighted, whole * percent / 100) for percent in PERCENTS)
    return Times(p50, p95, p99, weighted[-1][0])


def _at_share(weighted: Sequence[tuple[float, float]], wanted: float) -> float:
    seen = 0.0
    for value, weight in weighted:
        seen += weight
        # Sums of shares are a little off.
        if seen >= wanted - 1e-9 * wanted:
            return value
    return weighted[-1][0]


def route(name: str, samples: Sequence[Sample], *, by: str = "") -> Route:
    return Route(
        name,
        by,
        sum(each.requests for each in samples),
        sum(each.errors for each in samples),
        sum(each.busy for each in samples),
        times(samples),
    )


def routes(run: Run) -> list[Route]:
    """By how often they were asked."""
    found = [route(name, samples, by=by) for (name, by), samples in parted(run.samples).items()]
    return sorted(found, key=lambda each: (-each.requests, each.name))


def parted(samples: Iterable[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """By their routes, and who asked."""
    found: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.route, sample.by].append(sample)
    return found


def bucket_seconds(run: Run) -> int:
    began, ended = run.span
    return max(1, math.ceil((ended - began) / MOST_POINTS))


class Buckets:
    """A run's time in pieces; what is asked of each piece becomes a line."""

    def __init__(self, run: Run, *, seconds: int | None = None) -> None:
        self._began, self._ended = run.span
        self.seconds = seconds or bucket_seconds(run)

    def times(self, items: Iterable[Sample | Delivery]) -> list[tuple[float, Times]]:
        """How long things took in each piece in which there were some."""
        found: dict[int, list[Sample | Delivery]] = defaultdict(list)
        for item in items:
            found[self._place(item.at)].append(item)
        return [(self._middle(place), times(found[place])) for place in sorted(found)]

    def rate(self, points: Iterable[Point]) -> list[Point]:
        """How much there was a second, in each piece; none is nothing."""
        sums: dict[int, float] = defaultdict(float)
        for at, number in points:
            sums[self._place(at)] += number
        # The last piece may be a short one, which would look like a fall.
        whole = int((self._ended - self._began) // self.seconds) or 1
        return [(self._middle(place), sums[place] / self.seconds) for place in range(whole)]

    def mean(self, points: Iterable[Point]) -> list[Point]:
        """The mean of what is known in each piece."""
        found: dict[int, list[float]] = defaultdict(list)
        for at, number in points:
            if self._began <= at <= self._ended:
                found[self._place(at)].append(number)
        return [
            (self._middle(place), sum(numbers) / len(numbers))
            for place, numbers in sorted(found.items())
        ]

    def _place(self, at: float) -> int:
        return int((at - self._began) // self.seconds)

    def _middle(self, place: int) -> float:
        return min(self._began + (place + 0.5) * self.seconds, self._ended)


def gauge(run: Run, name: str) -> list[Point]:
    """A gauge where it is known, from when load begins until it ends."""
    began, ended = run.span
    return [
        (each["at"], each[name])
        for each in run.gauges
        if name in each and began <= each.get("at", -1) <= ended
    ]


def mean(points: Sequence[Point]) -> float | None:
    return sum(value for _, value in points) / len(points) if points else None


def hit_ratio(run: Run) -> float | None:
    """The share of answers that cost the database nothing; None where it is not known."""
    asked = sum(value for _, value in gauge(run, "cache_asked"))
    hits = sum(value for _, value in gauge(run, "cache_hits"))
    return hits / asked if asked else None


def would_be(run: Run) -> list[Point]:
    """The database's queries a second had each answer from the cache been one."""
    hits = dict(gauge(run, "cache_hits"))
    return [(at, asked + hits.get(at, 0.0)) for at, asked in gauge(run, "database_queries")]
