"""What the drain would have made of a sensor's past: its alerts, and who saw them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from app.domain.telemetry import Alert, Limits, Watch, follow
from app.models import Sensor, SensorAlert

# As at the cord: most alerts are seen while they last, and those that end soon by nobody.
SEEN_AFTER_MINUTES, SPREAD = 12, 0.8
# The column's default, which a row has only once it is stored.
HOLD = timedelta(seconds=10)


class AlertsPast:
    """One sensor's alerts, told by its readings, of which most are passed over at a glance."""

    def __init__(
        self, sensor: Sensor, *, line_id: int, seen_by: Sequence[int], random: Random
    ) -> None:
        self._sensor_id, self._line_id = sensor.id, line_id
        self._seen_by, self._random = seen_by, random
        self._limits = Limits(sensor.low, sensor.high, sensor.hysteresis, HOLD)
        self._watch = Watch()
        self._ended: list[Alert] = []

    def read(self, moments: Sequence[str], values: Sequence[float]) -> None:
        """The readings of these moments, the first first."""
        low, high = self._limits.span
        if self._watch.alert or self._watch.turn or min(values) < low or max(values) > high:
            readings = zip(map(datetime.fromisoformat, moments), values, strict=True)
            self._watch, ended = follow(self._watch, self._limits, readings)
            self._ended += ended

    def rows(self, now: datetime) -> list[SensorAlert]:
        """Its alerts, the open one last."""
        open_ = [self._watch.alert] if self._watch.alert else []
        return [self._row(alert, now) for alert in (*self._ended, *open_)]

    def _row(self, alert: Alert, now: datetime) -> SensorAlert:
        minutes = SEEN_AFTER_MINUTES * self._random.lognormvariate(0, SPREAD)
        seen_at = alert.raised_at + timedelta(minutes=minutes)
        who = self._random.choice(self._seen_by)
        is_seen = seen_at <= (alert.cleared_at or now)
        return SensorAlert(
            line_id=self._line_id,
            sensor_id=self._sensor_id,
            acknowledged_at=seen_at if is_seen else None,
            acknowledged_by=who if is_seen else None,
            **alert._asdict(),
        )
