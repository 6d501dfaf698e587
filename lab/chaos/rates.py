"""A history by the second: how many requests, how long they took, how late screens were."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from lab.chaos.checker.verdicts import of_kind
from lab.chaos.history import BALANCER, Event, Heard, Listened, Request, Sent

# Who saw it, in files that others write to as well.
BY = "witnesses"
BUSY = 503


class Sample(Struct, frozen=True, kw_only=True):
    """One route in one second, at the balancer."""

    at: int
    route: str
    by: str = BY
    requests: int
    errors: int
    busy: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Wrong(Struct, frozen=True, kw_only=True):
    """How often something failed in one second, and how."""

    at: int
    route: str
    words: str
    times: int


class Delivery(Struct, frozen=True, kw_only=True):
    """One second of the screens: how long after they were sent readings were first shown."""

    at: int
    events: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    screens: int


def samples(history: Sequence[Event]) -> Iterator[Sample]:
    """Second by second, route by route."""
    seconds: dict[tuple[int, str], list[Request]] = defaultdict(list)
    for event in _asked(history):
        if not isinstance(event, Listened):
            seconds[int(event.ended), event.route].append(event)
    for (at, route), requests in sorted(seconds.items()):
        took = [(request.ended - request.began) * 1000 for request in requests]
        yield Sample(
            at=at,
            route=route,
            requests=len(requests),
            errors=sum(request.failed for request in requests),
            busy=sum(request.status == BUSY for request in requests),
            p50_ms=round(percentile(took, 50), 1),
            p95_ms=round(percentile(took, 95), 1),
            p99_ms=round(percentile(took, 99), 1),
            max_ms=round(max(took), 1),
        )


def errors(history: Sequence[Event]) -> Iterator[Wrong]:
    """Second by second, route by route, how often each kind of failure was met at the balancer."""
    failed = (request for request in _asked(history) if request.failed)
    counts = Counter((int(it.ended), it.route, str(it.status or "no answer")) for it in failed)
    for (at, route, words), times in sorted(counts.items()):
        yield Wrong(at=at, route=route, words=words, times=times)


def deliveries(history: Sequence[Event]) -> Iterator[Delivery]:
    """Second by second; what was sent twice is counted from its first time."""
    sent: dict[tuple[str, int], float] = {}
    for batch in of_kind(history, Sent):
        if batch.kind == "readings":
            sent.setdefault((batch.line, batch.first), batch.began)
    seconds: dict[int, list[Heard]] = defaultdict(list)
    late: dict[int, list[float]] = defaultdict(list)
    seen: set[tuple[str, str, int]] = set()
    for heard in of_kind(history, Heard):
        seconds[int(heard.at)].append(heard)
        for thing, number in heard.shows.items():
            began = sent.get((thing, number))
            if began is not None and (heard.screen, thing, number) not in seen:
                seen.add((heard.screen, thing, number))
                late[int(heard.at)].append((heard.at - began) * 1000)
    for at, events in sorted(seconds.items()):
        yield Delivery(
            at=at,
            events=len(late[at]),
            p50_ms=round(percentile(late[at], 50), 1),
            p95_ms=round(percentile(late[at], 95), 1),
            p99_ms=round(percentile(late[at], 99), 1),
            screens=len({event.screen for event in events}),
        )


def _asked(history: Sequence[Event]) -> Iterator[Request]:
    return (it for it in history if isinstance(it, Request) and it.via == BALANCER)


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that `percent` of them do not exceed; 0 where there is none."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else 0.0
