"""A line from close by: its stations, and what their sensors say."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, select, text
from sqlalchemy.orm import Session

from app.cache import Query
from app.database import Ask, directly
from app.domain.board.plan import LAID_OUT
from app.models import Sensor, Station

STATIONS = Query(
    select(
        Station.slug.label("station"),
        Station.name.label("station_name"),
        Sensor.id.label("id"),
        Sensor.slug.label("slug"),
        Sensor.name.label("name"),
        Sensor.metric.label("metric"),
        Sensor.unit.label("unit"),
        Sensor.low.label("low"),
        Sensor.high.label("high"),
    )
    .outerjoin(Sensor, and_(Sensor.station_id == Station.id, Sensor.retired_at.is_(None)))
    .where(Station.line_id == bindparam("line"), Station.retired_at.is_(None))
    .order_by(Station.position, Sensor.id),
    name="stations",
    policy=LAID_OUT,
)

# Written several times a second: never kept under tags.
_NEWEST = text("SELECT sensor_id, value, at FROM sensor_status WHERE sensor_id = ANY(:sensors)")

_VALUES = text("""
SELECT line.slug AS line, sensor.slug, status.value, status.at, sensor.low, sensor.high
FROM sensor_status AS status
JOIN sensor ON sensor.id = status.sensor_id
JOIN station ON station.id = sensor.station_id
JOIN line ON line.id = station.line_id
WHERE line.id = ANY(:lines) AND station.retired_at IS NULL AND sensor.retired_at IS NULL
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


def station_views(session: Session, line_id: int, *, ask: Ask = directly) -> list[StationView]:
    """The stations of a line and their sensors' newest values; none for a line that is not there.

    Where stations and sensors stand is asked by `ask`; the values are read here.
    """
    rows = ask(session, STATIONS, line=line_id)
    sensors = [row.id for row in rows if row.id is not None]
    newest = {row.sensor_id: row for row in session.execute(_NEWEST, {"sensors": sensors})}
    stations: dict[str, StationView] = {}
    for row in rows:
        station = stations.setdefault(row.station, StationView(row.station, row.station_name, []))
        if row.id is not None:
            station.sensors.append(_sensor(row, newest.get(row.id)))
    return list(stations.values())


def _sensor(row: Any, newest: Row[Any] | None) -> SensorView:  # noqa: ANN401 (a record)
    return SensorView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        metric=row.metric,
        unit=row.unit,
        low=row.low,
        high=row.high,
        value=None if newest is None else newest.value,
        at=None if newest is None else newest.at,
    )


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
