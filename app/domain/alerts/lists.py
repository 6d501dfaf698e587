"""Lists of alerts, with the names of their sensors and of who has seen them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.models import Line, Moment, Operator, Sensor, SensorAlert, Station, silences

# The open ones come first, so that none is left out but on a line that is in alert all day.
MOST_RECENT = 100
RECENT_FOR = timedelta(days=1)
_HOUR = timedelta(hours=1)

_ALERTS = (
    select(
        SensorAlert.id,
        SensorAlert.sensor_id,
        Line.slug.label("line"),
        Line.name.label("line_name"),
        Station.name.label("station"),
        Sensor.slug.label("sensor"),
        Sensor.name.label("sensor_name"),
        Sensor.unit,
        SensorAlert.kind,
        SensorAlert.bound,
        SensorAlert.worst,
        SensorAlert.raised_at,
        SensorAlert.cleared_at,
        SensorAlert.ended_because,
        SensorAlert.acknowledged_at,
        Operator.name.label("acknowledged_by"),
    )
    .join(Line, Line.id == SensorAlert.line_id)
    .join(Sensor, Sensor.id == SensorAlert.sensor_id)
    .join(Station, Station.id == Sensor.station_id)
    .outerjoin(Operator, Operator.id == SensorAlert.acknowledged_by)
)
# Whatever happens to an alert expels the answers it is in; an hour bounds nothing but memory.
OPEN = Query(
    _ALERTS.where(Line.plant_id == bindparam("plant"), SensorAlert.cleared_at.is_(None)).order_by(
        SensorAlert.acknowledged_at.is_not(None), SensorAlert.raised_at, SensorAlert.id
    ),
    name="open-alerts-of-plant",
    # Small, and on every page.
    policy=Policy(fresh_for=_HOUR, near="tracked"),
)
RECENT = Query(
    _ALERTS.where(
        SensorAlert.line_id == bindparam("line"),
        or_(SensorAlert.cleared_at.is_(None), SensorAlert.raised_at >= bindparam("since")),
    )
    .order_by(SensorAlert.cleared_at.is_(None).desc(), SensorAlert.raised_at.desc(), SensorAlert.id)
    .limit(MOST_RECENT),
    name="recent-alerts",
    policy=Policy(fresh_for=_HOUR),
)


class AlertView(Struct, frozen=True):
    """An alert; `bound` is the limit as it was then, `worst` the value farthest beyond it.

    `ended_because` is None for one that its readings cleared; `silent_since` is the moment of the
    newest of them, where an open one's sensor is not heard any more.
    """

    id: int
    line: str
    line_name: str
    station: str
    sensor: str
    sensor_name: str
    unit: str
    kind: str
    bound: float
    worst: float
    raised_at: Moment
    cleared_at: Moment | None
    ended_because: Literal["retired", "limit-removed"] | None
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    silent_since: Moment | None

    @property
    def beyond(self) -> float:
        """How far it went beyond the limit."""
        return abs(self.worst - self.bound)

    def lasted(self, now: datetime) -> timedelta:
        """How long it was an alert, or has been one so far."""
        return max((self.cleared_at or now) - self.raised_at, timedelta(0))


def open_alerts(
    session: Session, plant_id: int, *, now: datetime, ask: Ask = directly
) -> list[AlertView]:
    """The open alerts of a plant: those that nobody has seen first, then the oldest."""
    rows = ask(session, OPEN, plant=plant_id)
    # On every page; the live ones mend it by what they hear.
    return _views(rows, silences(session, _open_sensors(rows), now=now, ask=ask))


def recent_alerts(
    session: Session, line_id: int, *, now: datetime, ask: Ask = directly
) -> list[AlertView]:
    """A line's alerts of the last day, from the full hour: the open ones first, then the newest."""
    # By the hour, so that those who ask together share an answer.
    since = (now - RECENT_FOR).replace(minute=0, second=0, microsecond=0)
    rows = ask(session, RECENT, line=line_id, since=since)
    # Not by `ask`: a page that has just heard that a sensor speaks again reads its list anew.
    return _views(rows, silences(session, _open_sensors(rows), now=now))


def _open_sensors(rows: Sequence[Any]) -> set[int]:
    return {row.sensor_id for row in rows if row.cleared_at is None}


def _views(rows: Sequence[Any], silent: Mapping[int, datetime]) -> list[AlertView]:
    return [
        AlertView(
            **{name: getattr(row, name) for name in AlertView.__struct_fields__[:-1]},
            silent_since=None if row.cleared_at else silent.get(row.sensor_id),
        )
        for row in rows
    ]
