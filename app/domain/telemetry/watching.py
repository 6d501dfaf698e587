"""Sensors held to their limits while their readings are stored: alerts raised and cleared."""

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.telemetry.batches import ReadingLanded
from app.domain.telemetry.limits import Alert, Limits, Reading, Turn, Watch, follow
from app.models import SensorAlert

_WATCHED = text("""
SELECT sensor.id, station.line_id, sensor.low, sensor.high, sensor.hysteresis, sensor.hold_seconds,
       status.at, status.turning_to, status.turning_since, status.turning_after,
       status.turning_worst, alert.id AS alert_id, alert.kind, alert.bound, alert.raised_at,
       alert.worst
FROM sensor
JOIN station ON station.id = sensor.station_id
JOIN line ON line.id = station.line_id
LEFT JOIN sensor_status AS status ON status.sensor_id = sensor.id
LEFT JOIN sensor_alert AS alert ON alert.sensor_id = sensor.id AND alert.cleared_at IS NULL
WHERE sensor.id = ANY(:ids)
  AND sensor.retired_at IS NULL AND station.retired_at IS NULL AND line.retired_at IS NULL
ORDER BY sensor.id
""")
_SINCE = text("""
SELECT asked.sensor_id, reading.at, reading.value
FROM unnest(CAST(:ids AS int[]), CAST(:since AS timestamptz[])) AS asked (sensor_id, since)
JOIN reading ON reading.sensor_id = asked.sensor_id
     AND reading.at > coalesce(asked.since, '-infinity')
ORDER BY 1, 2
""")
_KEEP_TURNS = text("""
UPDATE sensor_status SET turning_to = turn.goal, turning_since = turn.since,
    turning_after = turn.before, turning_worst = turn.worst
FROM unnest(CAST(:ids AS int[]), CAST(:to AS text[]), CAST(:since AS timestamptz[]),
    CAST(:after AS timestamptz[]), CAST(:worst AS float[]))
    AS turn (sensor_id, goal, since, before, worst)
WHERE sensor_status.sensor_id = turn.sensor_id
""").execution_options(cache_tags=())  # written all the time: nothing that is kept depends on it
_KEEP_ALERTS = text("""
UPDATE sensor_alert SET worst = kept.worst, cleared_at = kept.cleared_at,
    ended_because = kept.ended_because
FROM unnest(CAST(:ids AS int[]), CAST(:worst AS float[]), CAST(:cleared_at AS timestamptz[]),
    CAST(:ended_because AS text[]))
    AS kept (id, worst, cleared_at, ended_because)
WHERE sensor_alert.id = kept.id
""")

ANYWHERE = (-math.inf, math.inf)


class Watched(NamedTuple):
    """A sensor, what it is judged by, and where it stood before the batch."""

    sensor_id: int
    line_id: int
    limits: Limits
    watch: Watch
    alert_id: int | None


class Moved(NamedTuple):
    """A sensor after the batch, with the alerts that ended on the way."""

    before: Watched
    watch: Watch
    ended: list[Alert]

    @property
    def alerts(self) -> list[Alert]:
        """Those that ended, and the open one; the first is what was open before, if anything."""
        return [*self.ended, *([self.watch.alert] if self.watch.alert else [])]


def watched(session: Session, sensor_ids: Collection[int]) -> list[Watched]:
    """These sensors as they stand, before their readings are stored; none that is retired.

    Under the locks of their lines: what other drains decided is seen, and nobody decides beside us.
    """
    rows = session.execute(_WATCHED, {"ids": list(sensor_ids)})
    return [_watched(row) for row in rows]


def judge(session: Session, sensors: Sequence[Watched], rows: Sequence[ReadingLanded]) -> None:
    """Raise and clear the alerts that these readings mean, which are stored by now.

    A reading that is not newer than its sensor's newest decides nothing, with one exception: while
    a sensor turns, all that is stored of it since it began to is judged together.
    """
    moving = _moving(sensors, rows)
    moved = [one for one in sensors if one.sensor_id in moving]
    late = [one for one in moved if _has_late(one.watch, moving[one.sensor_id])]
    stored = _stored_since_turning(session, late)
    after = []
    for one in moved:
        if one.sensor_id in stored:
            start, readings = one.watch.before_turning(), stored[one.sensor_id]
        else:
            start, readings = one.watch, _newer(one.watch, moving[one.sensor_id])
        after.append(Moved(one, *follow(start, one.limits, readings)))
    _keep_turns(session, [one for one in after if one.watch.turn != one.before.watch.turn])
    _keep_alerts(session, after)


def _watched(row: Row[Any]) -> Watched:
    alert = turn = None
    if row.alert_id is not None:
        alert = Alert(row.kind, row.bound, row.raised_at, row.worst)
    if row.turning_to is not None:
        turn = Turn(row.turning_to, row.turning_since, row.turning_after, row.turning_worst)
    hold = timedelta(seconds=row.hold_seconds)
    limits = Limits(row.low, row.high, row.hysteresis, hold)
    return Watched(row.id, row.line_id, limits, Watch(row.at, alert, turn), row.alert_id)


def _moving(sensors: Sequence[Watched], rows: Sequence[ReadingLanded]) -> dict[int, list[Reading]]:
    """The readings of each sensor that they may move; of thousands of rows mostly none."""
    inside = {one.sensor_id: one.limits.span for one in sensors}
    moving: dict[int, list[Reading]] = {
        one.sensor_id: [] for one in sensors if one.watch.alert or one.watch.turn
    }
    for sensor_id, _, value in rows:
        low, high = inside.get(sensor_id, ANYWHERE)
        if not low <= value <= high:
            moving[sensor_id] = []
    if moving:
        for sensor_id, at, value in rows:
            if sensor_id in moving:
                moving[sensor_id].append((at, value))
    return moving


def _has_late(watch: Watch, readings: Iterable[Reading]) -> bool:
    """Whether some belong to a stretch that is being judged, and are not its newest."""
    if watch.turn is None or watch.newest is None:
        return False
    after = watch.turn.after
    return any((after is None or at > after) and at <= watch.newest for at, _ in readings)


def _newer(watch: Watch, readings: Iterable[Reading]) -> list[Reading]:
    return sorted(each for each in readings if watch.newest is None or each[0] > watch.newest)


def _stored_since_turning(session: Session, sensors: Sequence[Watched]) -> dict[int, list[Reading]]:
    stored: dict[int, list[Reading]] = {one.sensor_id: [] for one in sensors}
    if sensors:
        since = [one.watch.before_turning().newest for one in sensors]
        for row in session.execute(_SINCE, {"ids": list(stored), "since": since}):
            stored[row.sensor_id].append((row.at, row.value))
    return stored


def _keep_turns(session: Session, moved: Sequence[Moved]) -> None:
    if not moved:
        return
    turns = [one.watch.turn for one in moved]
    columns = zip(*(turn or (None,) * len(Turn._fields) for turn in turns), strict=True)
    values = dict(zip(Turn._fields, map(list, columns), strict=True))
    session.execute(_KEEP_TURNS, {"ids": [one.before.sensor_id for one in moved], **values})


def _keep_alerts(session: Session, moved: Sequence[Moved]) -> None:
    """Bring open alerts up to date, then add new ones: a sensor has one that is open."""
    kept = [
        (one.before, one.alerts[0])
        for one in moved
        if one.before.alert_id is not None and one.alerts[0] != one.before.watch.alert
    ]
    if kept:
        tags = {"sensor_alert"}
        for before, _ in kept:
            tags |= {f"sensor_alert:{before.alert_id}", f"sensor_alert:line_id={before.line_id}"}
        session.execute(
            _KEEP_ALERTS.execution_options(cache_tags=tags),
            {
                "ids": [before.alert_id for before, _ in kept],
                "worst": [alert.worst for _, alert in kept],
                "cleared_at": [alert.cleared_at for _, alert in kept],
                "ended_because": [_ended_because(before.limits, alert) for before, alert in kept],
            },
        )
    session.add_all(
        SensorAlert(line_id=one.before.line_id, sensor_id=one.before.sensor_id, **alert._asdict())
        for one in moved
        for alert in one.alerts[0 if one.before.alert_id is None else 1 :]
    )


def _ended_because(limits: Limits, alert: Alert) -> str | None:
    """A limit that a console took away, or an instance of before, ends alerts as late as here."""
    is_gone = alert.cleared_at is not None and limits.bound(alert.kind) is None
    return "limit-removed" if is_gone else None
