"""Readings by the million: every sensor's past, spelled the way COPY reads it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from app.commands.seed.alerts import AlertsPast
from app.commands.seed.production import SLOT, SLOTS_A_DAY
from app.commands.signals import Signal, habit
from app.models import Sensor, SensorStatus

# One breach in about ten days of a sensor's life, for ten to thirty minutes.
BREACH_CHANCE = 1 / (10 * SLOTS_A_DAY)
BREACH_SLOTS = (2, 6)
# A machine's heat half forgets in about a quarter of an hour.
MEMORY = 0.8


class SensorPast:
    """One sensor's readings, slot after slot; it remembers the newest, and what they raised."""

    def __init__(
        self, sensor: Sensor, activity: Sequence[float], *, alerts: AlertsPast, seed: int
    ) -> None:
        self.sensor_id = sensor.id
        self.newest = 0.0
        self.alerts = alerts
        self._activity = activity
        self._signal = Signal(
            habit(metric=sensor.metric, low=sensor.low, high=sensor.high),
            # Each sensor has a random source of its own: adding one changes no other's past.
            Random(f"{seed} {sensor.slug}"),
            memory=MEMORY,
            breach_chance=BREACH_CHANCE,
            breach_steps=BREACH_SLOTS,
        )

    def lines(self, first: int, moments: Sequence[str]) -> str:
        """The slots from `first` on, one a line, with these moments."""
        value_at = self._signal.next
        start = f"{self.sensor_id}\t"
        activity = self._activity[first : first + len(moments)]
        values = [round(value_at(working), 3) for working in activity]
        self.newest = values[-1]
        self.alerts.read(moments, values)
        return "".join(
            [f"{start}{moment}\t{value}\n" for moment, value in zip(moments, values, strict=True)]
        )

    def status(self, at: datetime) -> SensorStatus:
        return SensorStatus(sensor_id=self.sensor_id, at=at, value=self.newest)


def days(
    sensors: Sequence[SensorPast], *, start: datetime, slots: int
) -> Iterator[tuple[str, int]]:
    """All sensors' readings a day's worth of slots at a time, and how many they are.

    The reading of a slot is taken at its end, so that the newest is taken at the very end.
    """
    for first in range(0, slots, SLOTS_A_DAY):
        last = min(first + SLOTS_A_DAY, slots)
        moments = [(start + (slot + 1) * SLOT).isoformat() for slot in range(first, last)]
        rows = "".join([sensor.lines(first, moments) for sensor in sensors])
        yield rows, len(sensors) * len(moments)
