"""Alerts that no reading is to clear: their sensor was retired, or the limit taken away."""

from datetime import datetime

from sqlalchemy import case, null, or_, select, update
from sqlalchemy.orm import Session

from app.domain.telemetry.storing import take_turns
from app.models import Line, Sensor, SensorAlert, SensorStatus, Station

_RETIRED = or_(
    Sensor.retired_at.is_not(None), Station.retired_at.is_not(None), Line.retired_at.is_not(None)
)
_LIMIT = case((SensorAlert.kind == "high", Sensor.high), else_=Sensor.low)
_SENSORS = (
    select(Sensor.id)
    .join(Station, Station.id == Sensor.station_id)
    .join(Line, Line.id == Station.line_id)
)
_JUDGED_NO_MORE = (
    _SENSORS.join(SensorAlert, SensorAlert.sensor_id == Sensor.id)
    .where(SensorAlert.cleared_at.is_(None), or_(_RETIRED, _LIMIT.is_(None)))
    .with_only_columns(SensorAlert, _RETIRED)
)


def end_alerts(session: Session, line_id: int, *, now: datetime) -> None:
    """End the line's open alerts whose sensor is judged no more, or no more by that limit.

    Within the transaction that retires or takes away, and in turn with the drains: what one of them
    raised before is ended here, and what it stores after is judged by what is true then.
    """
    take_turns(session, {line_id})
    ended = session.execute(_JUDGED_NO_MORE.where(Line.id == line_id)).all()
    for alert, is_retired in ended:
        # The sensor's clock may be a little ahead of ours.
        alert.cleared_at = max(now, alert.raised_at)
        alert.ended_because = "retired" if is_retired else "limit-removed"
    _forget_turns(session, line_id, [alert.sensor_id for alert, _ in ended])


def _forget_turns(session: Session, line_id: int, sensor_ids: list[int]) -> None:
    """Let these, and all that are retired, begin anew: what they turned to is of before."""
    retired = _SENSORS.where(Line.id == line_id, _RETIRED)
    session.execute(
        update(SensorStatus)
        .where(
            SensorStatus.turning_to.is_not(None),
            or_(SensorStatus.sensor_id.in_(sensor_ids), SensorStatus.sensor_id.in_(retired)),
        )
        .values(turning_to=null(), turning_since=null(), turning_after=null(), turning_worst=null())
        .execution_options(synchronize_session=False)
    )
