"""Days summed up anew: what triggers do for each row that comes in, done for what is there."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import unhurried

# What the triggers of migration 0006 hold shared until their transaction ends.
_LOCK = 7_263_404
_OWE = text("""
INSERT INTO rollup_debt (day)
SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM reading WHERE at >= :since
UNION SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM output WHERE at >= :since
ON CONFLICT DO NOTHING
""").execution_options(cache_tags=())
_TAKE = text(
    "DELETE FROM rollup_debt WHERE day = (SELECT max(day) FROM rollup_debt) RETURNING day"
).execution_options(cache_tags=())

_FORGET_READINGS = text("""
DELETE FROM reading_hour WHERE sensor_id IN (SELECT id FROM sensor)
AND hour >= :since AND hour < :until
""")
_SUM_UP_READINGS = text("""
INSERT INTO reading_hour (sensor_id, hour, readings, minimum, maximum, total)
SELECT sensor_id, date_bin('1 hour', at, :since), count(*), min(value), max(value), sum(value)
FROM reading WHERE at >= :since AND at < :until GROUP BY 1, 2
ON CONFLICT (sensor_id, hour) DO UPDATE SET readings = excluded.readings,
    minimum = excluded.minimum, maximum = excluded.maximum, total = excluded.total
""")
_FORGET_OUTPUT = text("""
DELETE FROM output_quarter WHERE line_id IN (SELECT id FROM line)
AND starts_at >= :since AND starts_at < :until
""")
_SUM_UP_OUTPUT = text("""
INSERT INTO output_quarter (line_id, starts_at, good, scrap)
SELECT line_id, date_bin('15 minutes', at, :since), sum(good), sum(scrap)
FROM output WHERE at >= :since AND at < :until GROUP BY 1, 2
""")
# Stops that begin on the day; each day's last one may end on another. What somebody said of a stop
# that begins where it began is kept.
_FIND_STOPS = text("""
WITH made AS (
    SELECT line_id, at, lead(at) OVER (PARTITION BY line_id ORDER BY at) AS next
    FROM output WHERE at >= :since AND at < :until AND good > 0
), gap AS (
    SELECT line_id, at AS starts_at, coalesce(next, (
        SELECT min(at) FROM output
        WHERE line_id = made.line_id AND at >= :until AND good > 0
    )) AS ends_at
    FROM made
), found AS (
    SELECT * FROM gap WHERE ends_at - starts_at >= interval '10 minutes'
), gone AS (
    DELETE FROM stop WHERE line_id IN (SELECT id FROM line)
    AND starts_at >= :since AND starts_at < :until
    AND (line_id, starts_at) NOT IN (SELECT line_id, starts_at FROM found)
)
INSERT INTO stop (line_id, starts_at, ends_at) SELECT * FROM found
ON CONFLICT (line_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at
""")
_STEPS = [
    statement.execution_options(cache_tags=())
    for statement in (
        *(_FORGET_READINGS, _SUM_UP_READINGS),
        *(_FORGET_OUTPUT, _SUM_UP_OUTPUT, _FIND_STOPS),
    )
]


class SummedUp(NamedTuple):
    """A day (of UTC) that is summed up, and how many are still to be."""

    day: date
    left: int


def owe_rollups(session: Session, *, since: datetime) -> None:
    """Note that the days with data from that of `since` on are to be summed up anew."""
    # To find the days of a hundred million rows takes longer than a page may.
    unhurried(session.connection())
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    session.execute(_OWE, {"since": day})


def sum_up_a_day(session: Session) -> SummedUp | None:
    """Sum up the newest day that is owed, exactly, whatever comes in meanwhile; None if none is.

    Who stores something waits until the session's transaction ends: a day's work, and no longer.
    """
    unhurried(session.connection())
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    day = session.scalar(_TAKE)
    if day is None:
        return None
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for step in _STEPS:
        session.execute(step, {"since": since, "until": since + timedelta(days=1)})
    return SummedUp(day, session.scalar(text("SELECT count(*) FROM rollup_debt")) or 0)
