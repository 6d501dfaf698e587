"""An alert is acknowledged: somebody knows of it. Its sensor alone clears it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import By, SensorAlert, note


class AlertsError(Exception):
    """The base of what this room refuses."""

    code = "alerts"


class NoSuchAlert(AlertsError):
    """No alert has this number."""

    code = "no-such-alert"

    def __init__(self, alert_id: int) -> None:
        super().__init__(f"there is no alert {alert_id}")


def acknowledge(
    session: Session, alert_id: int, *, by: int, now: datetime, address: str | None = None
) -> SensorAlert:
    """Record who has seen it, cleared or not; the first stays on record. Or `NoSuchAlert`."""
    alert = session.get(SensorAlert, alert_id, with_for_update=True)
    if alert is None:
        raise NoSuchAlert(alert_id)
    if alert.acknowledged_at is None:
        # The sensor's clock may be a little ahead of ours.
        alert.acknowledged_at = max(now, alert.raised_at)
        alert.acknowledged_by = by
    note(session, "acknowledged", ("alert", str(alert_id)), by=By(by, now, address))
    return alert
