"""When a sensor is beyond its limits, and when it is back. Pure rules: they know no store."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

# Of the band between the limits, or of the limit where there is but one: less is noise.
HYSTERESIS_SHARE = 0.02

Reading = tuple[datetime, float]


class Limits(NamedTuple):
    """What a sensor is judged by; a value on its limit is within it."""

    low: float | None
    high: float | None
    hysteresis: float | None
    hold: timedelta

    @property
    def span(self) -> tuple[float, float]:
        """The least and the greatest value within them."""
        return (
            -math.inf if self.low is None else self.low,
            math.inf if self.high is None else self.high,
        )

    def passed(self, value: float) -> str | None:
        """`"high"` or `"low"` for a value beyond a limit, else None."""
        if self.high is not None and value > self.high:
            return "high"
        if self.low is not None and value < self.low:
            return "low"
        return None

    def has_back(self, value: float, *, beyond: str) -> bool:
        """Whether the value is inside that limit by the hysteresis, or the limit is gone."""
        bound = self.bound(beyond)
        if bound is None:
            return True
        margin = self._margin(bound)
        return value <= bound - margin if beyond == "high" else value >= bound + margin

    def bound(self, kind: str) -> float | None:
        return self.high if kind == "high" else self.low

    def _margin(self, bound: float) -> float:
        if self.hysteresis is not None:
            return self.hysteresis
        if self.low is not None and self.high is not None:
            return HYSTERESIS_SHARE * (self.high - self.low)
        return HYSTERESIS_SHARE * abs(bound)


class Alert(NamedTuple):
    """A limit that was passed for long enough, and the value farthest beyond it so far."""

    kind: str
    bound: float
    raised_at: datetime
    worst: float
    cleared_at: datetime | None = None


class Turn(NamedTuple):
    """What a sensor may be turning to, `high`, `low` or `back`: not for long enough yet.

    Nothing is decided after the reading at `after`, the last one before it began to turn.
    """

    to: str
    since: datetime
    after: datetime | None
    worst: float


class Watch(NamedTuple):
    """Where a sensor stands at its newest reading."""

    newest: datetime | None = None
    alert: Alert | None = None
    turn: Turn | None = None

    def before_turning(self) -> "Watch":
        """Where it stood when the last thing was decided."""
        if self.turn is None:
            return self
        # What ended an alert may have begun the turn to the other side.
        began = self.turn if self.turn.since == self.turn.after else None
        return Watch(self.turn.after, self.alert, began)


def follow(watch: Watch, limits: Limits, readings: Iterable[Reading]) -> tuple[Watch, list[Alert]]:
    """Where the sensor stands after these, the first first, and the alerts that ended on the way.

    It is beyond a limit, or back, as long as each reading says so: time between two counts with
    them, and without a reading nothing changes.
    """
    ended = []
    for at, value in readings:
        watch = _seen(watch, limits, at, value)
        if watch.alert is not None and watch.alert.cleared_at is not None:
            ended.append(watch.alert)
            # Back from one limit, it may be beyond the other.
            watch = _seen(Watch(at), limits, at, value)
    return watch, ended


def _seen(watch: Watch, limits: Limits, at: datetime, value: float) -> Watch:
    alert, turn = watch.alert, watch.turn
    if alert is None:
        to = limits.passed(value)
    else:
        worst = _worse(alert.kind, alert.worst, value)
        alert = alert if worst == alert.worst else alert._replace(worst=worst)
        to = "back" if limits.has_back(value, beyond=alert.kind) else None
    if to is None:
        return Watch(at, alert)
    if turn is None or turn.to != to:
        turn = Turn(to, since=at, after=watch.newest, worst=value)
    turn = turn._replace(worst=_worse(to, turn.worst, value))
    if at - turn.since < limits.hold:
        return Watch(at, alert, turn)
    if alert is not None:
        return Watch(at, alert._replace(cleared_at=at))
    bound = limits.bound(to) or 0.0  # it was passed, so there is one
    return Watch(at, Alert(to, bound, raised_at=at, worst=turn.worst))


def _worse(kind: str, one: float, other: float) -> float:
    return max(one, other) if kind == "high" else min(one, other)
