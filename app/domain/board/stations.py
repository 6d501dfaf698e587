"""A line from close by: its stations, and what their sensors say."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.orm import Session

_SENSORS = text("""
SELECT station.slug AS station, station.name AS station_name, sensor.id, sensor.slug, sensor.name,
       sensor.metric, sensor.unit, sensor.low, sensor.high, status.value, status.at
FROM station
JOIN line ON line.id = station.line_id
LEFT JOIN sensor ON sensor.station_id = station.id
LEFT JOIN sensor_status AS status ON status.sensor_id = sensor.id
WHERE line.slug = :line
ORDER BY station.position, sensor.id
""")

_VALUES = text("""
SELECT line.slug AS line, sensor.slug, status.value, status.at, sensor.low, sensor.high
FROM sensor_status AS status
JOIN sensor ON sensor.id = status.sensor_id
JOIN station ON station.id = sensor.station_id
JOIN line ON line.id = station.line_id
WHERE line.id = ANY(:lines)
""")


class SensorValue(Struct, frozen=True):
    """The newest value of a sensor; `breach` says which limit it is outside of."""

    value: float
    at: datetime
    breach: str | None


class SensorView(Struct, frozen=True, kw_only=True):
    """A sensor with its newest value; `breach` says which limit the value is outside of."""

    id: int
    slug: str
    name: str
    metric: str
    unit: str
    low: float | None
    high: float | None
    value: float | None
    at: datetime | None

    @property
    def breach(self) -> str | None:
        return None if self.value is None else breach(self.value, low=self.low, high=self.high)


class StationView(Struct, frozen=True):
    """A station and its sensors, in the order they stand in."""

    slug: str
    name: str
    sensors: list[SensorView]


def station_views(session: Session, line: str) -> list[StationView]:
    """The stations of a line; none for a line that is not there."""
    stations: dict[str, StationView] = {}
    for row in session.execute(_SENSORS, {"line": line}):
        station = stations.setdefault(row.station, StationView(row.station, row.station_name, []))
        if row.id is not None:
            fields = {name: getattr(row, name) for name in SensorView.__struct_fields__}
            station.sensors.append(SensorView(**fields))
    return list(stations.values())


def sensor_values(session: Session, line_ids: Collection[int]) -> dict[str, dict[str, SensorValue]]:
    """The newest values of all sensors of these lines, by line and sensor."""
    lines: dict[str, dict[str, SensorValue]] = {}
    for row in session.execute(_VALUES, {"lines": list(line_ids)}):
        wrong = breach(row.value, low=row.low, high=row.high)
        lines.setdefault(row.line, {})[row.slug] = SensorValue(row.value, row.at, wrong)
    return lines


def breach(value: float, *, low: float | None, high: float | None) -> str | None:
    """`"high"` or `"low"` for a value outside its limits, else None."""
    if high is not None and value > high:
        return "high"
    if low is not None and value < low:
        return "low"
    return None
