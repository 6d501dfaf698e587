"""The sensors of lines that are in alert, as tiles tell of them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cache import Query
from app.database import Ask
from app.domain.board.plan import KEPT
from app.models import Moment, Operator, Sensor, SensorAlert, Station, silences

OPEN_ALERTS = Query(
    select(
        SensorAlert.line_id,
        SensorAlert.id,
        SensorAlert.sensor_id,
        Station.name.label("station"),
        Sensor.slug.label("sensor"),
        Sensor.name.label("name"),
        SensorAlert.kind,
        SensorAlert.raised_at,
        SensorAlert.acknowledged_at,
        Operator.name.label("acknowledged_by"),
    )
    .join(Sensor, Sensor.id == SensorAlert.sensor_id)
    .join(Station, Station.id == Sensor.station_id)
    .outerjoin(Operator, Operator.id == SensorAlert.acknowledged_by)
    .where(
        SensorAlert.cleared_at.is_(None),
        SensorAlert.line_id.in_(bindparam("lines", expanding=True)),
    )
    .order_by(SensorAlert.raised_at, SensorAlert.id),
    # Raised and cleared by the drain, in transactions that expel its line's answers.
    name="open-alerts",
    policy=KEPT,
)


class OpenAlert(Struct, frozen=True):
    """A sensor that is beyond a limit, `high` or `low`, and has been for its hold time.

    `silent_since` is the moment of its newest reading, where it is not heard any more.
    """

    id: int
    station: str
    sensor: str
    name: str
    kind: str
    raised_at: Moment
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    silent_since: Moment | None


def open_alerts(
    session: Session, line_ids: Sequence[int], *, now: datetime, ask: Ask
) -> dict[int, tuple[OpenAlert, ...]]:
    """The open alerts of these lines, by line, the oldest first."""
    if not line_ids:
        return {}
    rows = ask(session, OPEN_ALERTS, lines=tuple(sorted(line_ids)))
    silent = silences(session, {row.sensor_id for row in rows}, now=now)
    alerts: dict[int, tuple[OpenAlert, ...]] = {}
    for row in rows:
        facts = {name: getattr(row, name) for name in OpenAlert.__struct_fields__[:-1]}
        alert = OpenAlert(**facts, silent_since=silent.get(row.sensor_id))
        alerts[row.line_id] = (*alerts.get(row.line_id, ()), alert)
    return alerts
