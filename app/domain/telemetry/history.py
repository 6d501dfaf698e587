"""Readings read back: buckets for a chart, in which no spike is lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

# A chart 1,200 pixels wide shows no more; each bucket keeps its extremes.
BUCKETS = 600
FINEST = timedelta(seconds=1)


class Bucket(NamedTuple):
    """What a stretch of time held: it starts at `at`."""

    at: datetime
    minimum: float
    mean: float
    maximum: float


class Extent(NamedTuple):
    """When a sensor's readings begin and end."""

    first: datetime
    last: datetime


def history(
    session: Session, sensor_id: int, *, since: datetime, until: datetime, buckets: int = BUCKETS
) -> list[Bucket]:
    """The readings from `since` up to and with `until` in at most `buckets` + 1 equal stretches.

    A stretch without readings has no bucket: a gap is a gap.
    """
    step = max((until - since) / buckets, FINEST)
    rows = session.execute(
        text(
            "SELECT date_bin(:step, at, :since) AS bucket, min(value), avg(value), max(value)"
            " FROM reading WHERE sensor_id = :sensor AND at >= :since AND at <= :until"
            " GROUP BY bucket ORDER BY bucket"
        ),
        {"step": step, "since": since, "until": until, "sensor": sensor_id},
    )
    return [Bucket(*row) for row in rows]


def extent(session: Session, sensor_id: int) -> Extent | None:
    """When this sensor's readings begin and end, or None if it has none."""
    first, last = session.execute(
        text("SELECT min(at), max(at) FROM reading WHERE sensor_id = :sensor"),
        {"sensor": sensor_id},
    ).one()
    return Extent(first, last) if first is not None else None


def sparklines(
    session: Session, sensor_ids: Sequence[int], *, since: datetime, until: datetime, buckets: int
) -> dict[int, list[tuple[datetime, float]]]:
    """The mean of each stretch for several sensors at once; a sensor without readings is absent."""
    rows = session.execute(
        text(
            "SELECT sensor_id, date_bin(:step, at, :since) AS bucket, avg(value) FROM reading"
            " WHERE sensor_id = ANY(:sensors) AND at >= :since AND at <= :until"
            " GROUP BY sensor_id, bucket ORDER BY sensor_id, bucket"
        ),
        {
            "step": (until - since) / buckets,
            "since": since,
            "until": until,
            "sensors": list(sensor_ids),
        },
    )
    lines: dict[int, list[tuple[datetime, float]]] = {}
    for sensor_id, at, mean in rows:
        lines.setdefault(sensor_id, []).append((at, mean))
    return lines
