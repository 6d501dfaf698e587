"""Readings read back: buckets for a chart, in which no spike is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import DateTime, Double, Integer, Interval, String, bindparam, text
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly

# A chart 1,200 pixels wide shows no more; each bucket keeps its extremes.
BUCKETS = 600
FINEST = timedelta(seconds=1)
# From this step on, a chart of 25 days, the hours' sums are read instead of the readings.
HOUR = timedelta(hours=1)


# Readings come several times a second, so what is kept of them has no tags and lives by the clock.
# A sparkline has five minutes to a stretch: ten seconds do not show.
SPARK_AGE = timedelta(seconds=10)
_MOMENT = DateTime(timezone=True)
_BETWEEN = [bindparam(name, type_=_MOMENT) for name in ("since", "until")]
SPARKLINES = Query(
    text(
        "SELECT sensor_id, date_bin(:step, at, :since) AS bucket, avg(value) AS mean FROM reading"
        " WHERE sensor_id = ANY(CAST(:sensors AS int[])) AND at >= :since AND at <= :until"
        " GROUP BY sensor_id, bucket ORDER BY sensor_id, bucket"
    )
    .bindparams(*_BETWEEN, bindparam("step", type_=Interval), bindparam("sensors", type_=String))
    .columns(sensor_id=Integer, bucket=_MOMENT, mean=Double),
    name="sparklines",
    policy=Policy(fresh_for=SPARK_AGE),
    tags=(),
)
# It looks into every day's partition, and only tells which spans to offer.
EXTENT = Query(
    text("SELECT min(at) AS first, max(at) AS last FROM reading WHERE sensor_id = :sensor")
    .bindparams(bindparam("sensor", type_=Integer))
    .columns(first=_MOMENT, last=_MOMENT),
    name="extent",
    policy=Policy(fresh_for=timedelta(seconds=5)),
    tags=(),
)


_FROM_READINGS = text(
    "SELECT date_bin(:step, at, :since) AS bucket, min(value), avg(value), max(value)"
    " FROM reading WHERE sensor_id = :sensor AND at >= :since AND at <= :until"
    " GROUP BY bucket ORDER BY bucket"
)
_FROM_HOURS = text(
    "SELECT date_bin(:step, hour, :since) AS bucket,"
    " min(minimum), sum(total) / sum(readings), max(maximum)"
    " FROM reading_hour WHERE sensor_id = :sensor AND hour >= :since AND hour <= :until"
    " GROUP BY bucket ORDER BY bucket"
)


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
    session: Session,
    sensor_id: int,
    *,
    since: datetime,
    until: datetime,
    step: timedelta | None = None,
) -> list[Bucket]:
    """The readings from `since` up to and with `until` in stretches of `step`.

    By default in at most `BUCKETS` + 1. A stretch without readings has no bucket: a gap is a gap.
    Those of an hour and more begin on the hour.
    """
    step = step or max((until - since) / BUCKETS, FINEST)
    asked = _FROM_READINGS
    if step >= HOUR:
        asked, since = _FROM_HOURS, since.replace(minute=0, second=0, microsecond=0)
    found = {"step": step, "since": since, "until": until, "sensor": sensor_id}
    return [Bucket(*row) for row in session.execute(asked, found)]


def extent(session: Session, sensor_id: int, *, ask: Ask = directly) -> Extent | None:
    """When this sensor's readings begin and end, or None if it has none."""
    (found,) = ask(session, EXTENT, sensor=sensor_id)
    return Extent(found.first, found.last) if found.first is not None else None


def sparklines(
    session: Session,
    sensor_ids: Sequence[int],
    *,
    since: datetime,
    until: datetime,
    buckets: int,
    ask: Ask = directly,
) -> dict[int, list[tuple[datetime, float]]]:
    """The mean of each stretch for several sensors at once; a sensor without readings is absent.

    Both ends are taken `SPARK_AGE` early at most, so that pages asked for together share an answer.
    """
    early = (until - datetime.min.replace(tzinfo=UTC)) % SPARK_AGE
    rows = ask(
        session,
        SPARKLINES,
        sensors="{" + ",".join(map(str, sorted(sensor_ids))) + "}",
        step=(until - since) / buckets,
        since=since - early,
        until=until - early,
    )
    lines: dict[int, list[tuple[datetime, float]]] = {}
    for row in rows:
        lines.setdefault(row.sensor_id, []).append((row.bucket, row.mean))
    return lines
