"""Sensors that fell silent: a value of theirs says nothing of now."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Integer, bindparam, text
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly

# As lines and gateways: these send every few seconds, and after a minute we do not know.
SILENT_AFTER = timedelta(minutes=1)

NEWEST = Query(
    text("SELECT sensor_id, at FROM sensor_status WHERE sensor_id IN :sensors")
    .bindparams(bindparam("sensors", expanding=True))
    .columns(sensor_id=Integer, at=DateTime(timezone=True)),
    name="newest-readings",
    # Written all the time, so without tags. Whoever shows what must be true now asks directly.
    policy=Policy(fresh_for=timedelta(seconds=5)),
    tags=(),
)


def silences(
    session: Session, sensor_ids: Collection[int], *, now: datetime, ask: Ask = directly
) -> dict[int, datetime]:
    """Of these sensors those that are silent, each with the moment of its newest reading."""
    if not sensor_ids:
        return {}
    newest = ask(session, NEWEST, sensors=tuple(sorted(sensor_ids)))
    return {row.sensor_id: row.at for row in newest if now - row.at > SILENT_AFTER}
