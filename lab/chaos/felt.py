"""For how long each fault was felt, from the history alone."""

from collections.abc import Sequence

from msgspec import Struct

from lab.chaos.checker.verdicts import of_kind
from lab.chaos.history import BALANCER, Event, Faulted, Listened, Request
from lab.chaos.rates import percentile


class Felt(Struct, frozen=True, kw_only=True):
    """What people at the balancer met with, from the fault's beginning until the next one's.

    `recovered` is when the last request failed that had to do with it: its beginning where none
    did. Nobody knows it where requests failed until the next fault.
    """

    name: str
    words: str
    began: float
    ended: float
    recovered: float | None
    error_seconds: int
    p99_ms: float
    routes: dict[str, int]


# A request that fails this shortly before the next fault means that the one before is not over.
QUIET_SECONDS = 1.0
# What is felt of a fault of milliseconds, is felt after it.
AFTER_SECONDS = 3.0


def felt(history: Sequence[Event]) -> list[Felt]:
    """Each fault in its order; `routes` has the seconds in which a route failed at least once."""
    asked = [event for event in history if isinstance(event, Request) and event.via == BALANCER]
    faults = sorted(of_kind(history, Faulted), key=lambda fault: fault.began)
    last = max((request.ended for request in asked), default=0.0)
    ends = [*(fault.began for fault in faults[1:]), last + QUIET_SECONDS]
    return [
        _of_one(fault, [it for it in asked if fault.began <= it.ended < until], until)
        for fault, until in zip(faults, ends, strict=True)
    ]


def _of_one(fault: Faulted, asked: list[Request], until: float) -> Felt:
    failed = [request for request in asked if request.failed]
    seconds = {(request.route, int(request.ended)) for request in failed}
    routes = sorted({route for route, _ in seconds})
    last = max((request.ended for request in failed), default=fault.began)
    took = [
        (request.ended - request.began) * 1000
        for request in asked
        if request.ended <= fault.ended + AFTER_SECONDS and not isinstance(request, Listened)
    ]
    return Felt(
        name=fault.name,
        words=fault.words,
        began=fault.began,
        ended=fault.ended,
        recovered=last if last < until - QUIET_SECONDS else None,
        error_seconds=len({second for _, second in seconds}),
        p99_ms=round(percentile(took, 99), 1),
        routes={route: sum(each == route for each, _ in seconds) for route in routes},
    )
