"""What was made, added to the totals: in the transaction that stores it, and so exactly once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import unhurried
from app.domain.leaderboards.windows import KEPT

_UNTAGGED = {"cache_tags": ()}

# One statement for a whole batch. The boards' rows are locked in one order, which is that of every
# other drain, and until the commit: see `Leaderboard`.
_COUNT = """
WITH made AS (
    SELECT line.plant_id, plant.time_zone AS zone, line.id AS line_id, line.slug AS line,
           operator.id::text AS operator, operator.team, given.at, given.good
    FROM {given} AS given
    JOIN line ON line.id = given.line_id
    JOIN plant ON plant.id = line.plant_id
    LEFT JOIN operator ON operator.id = given.operator_id
    WHERE given.good > 0
), timed AS (
    SELECT made.*, during.window_key, during.ends_at
    FROM made CROSS JOIN LATERAL (
        SELECT 'all' AS window_key, CAST(NULL AS timestamptz) AS ends_at
        UNION ALL
        SELECT to_char(at AT TIME ZONE zone, '"day:"YYYY-MM-DD'),
               (date_trunc('day', at AT TIME ZONE zone) + interval '1 day') AT TIME ZONE zone
        UNION ALL
        SELECT to_char(at AT TIME ZONE zone, '"week:"IYYY"-W"IW'),
               (date_trunc('week', at AT TIME ZONE zone) + interval '7 days') AT TIME ZONE zone
        UNION ALL
        (SELECT to_char(starts_at AT TIME ZONE 'UTC', '"shift:"YYYY-MM-DD"T"HH24:MI"Z"'), ends_at
         FROM shift
         WHERE shift.line_id = made.line_id AND starts_at <= at AND at < shift.ends_at
         ORDER BY starts_at DESC LIMIT 1)
    ) AS during
    WHERE during.ends_at IS NULL OR during.ends_at > :oldest
), scored AS (
    SELECT plant_id, board, window_key, member, sum(good) AS score, max(ends_at) AS ends_at
    FROM timed CROSS JOIN LATERAL (
        VALUES ('lines', line), ('operators', operator), ('teams', team)
    ) AS ranked (board, member)
    WHERE member IS NOT NULL
    GROUP BY plant_id, board, window_key, member
), counted AS (
    INSERT INTO leaderboard (plant_id, board, window_key, ends_at)
    SELECT plant_id, board, window_key, max(ends_at) FROM scored
    GROUP BY plant_id, board, window_key ORDER BY plant_id, board, window_key
    ON CONFLICT (plant_id, board, window_key) DO UPDATE
        SET version = leaderboard.version + 1,
            ends_at = greatest(leaderboard.ends_at, excluded.ends_at)
    RETURNING id, plant_id, board, window_key, version
)
INSERT INTO leaderboard_total AS kept (leaderboard_id, member, score, version)
SELECT id, member, score, version FROM scored JOIN counted USING (plant_id, board, window_key)
ON CONFLICT (leaderboard_id, member) DO UPDATE
    SET score = kept.score + excluded.score, version = excluded.version
"""
_GIVEN = (
    "unnest(CAST(:lines AS int[]), CAST(:operators AS int[]), CAST(:ats AS timestamptz[]),"
    " CAST(:goods AS int[])) AS given (line_id, operator_id, at, good)"
)
_COUNT_GIVEN = text(
    _COUNT.replace("{given} AS given", _GIVEN),
).execution_options(**_UNTAGGED)
_COUNT_ALL = text(_COUNT.replace("{given}", "output")).execution_options(**_UNTAGGED)
_LOCK_OUTPUT, _FORGET_ALL, _FORGET = (
    text(statement).execution_options(**_UNTAGGED)
    for statement in (
        "LOCK TABLE output IN SHARE ROW EXCLUSIVE MODE",
        "DELETE FROM leaderboard",
        "DELETE FROM leaderboard WHERE ends_at <= :oldest RETURNING id",
    )
)


class Made(NamedTuple):
    """Good pieces that a line made at a moment, by somebody or nobody known."""

    line_id: int
    operator_id: int | None
    at: datetime
    good: int


def count(session: Session, made: Sequence[Made], *, now: datetime) -> None:
    """Add what was made to the totals, in the transaction that stores it for the first time."""
    if not made:
        return
    lines, operators, ats, goods = map(list, zip(*made, strict=True))
    session.execute(
        _COUNT_GIVEN,
        {
            "lines": lines,
            "operators": operators,
            "ats": ats,
            "goods": goods,
            "oldest": now - KEPT,
        },
    )


def recount(session: Session, *, now: datetime) -> None:
    """Count all output anew: for what was stored past `count`, changed or deleted.

    Whoever stores output waits until this transaction has ended. Every board gets another epoch, so
    that all copies of the old totals are built anew.
    """
    unhurried(session.connection())  # what goes through years
    session.execute(_LOCK_OUTPUT)
    session.execute(_FORGET_ALL)
    session.execute(_COUNT_ALL, {"oldest": now - KEPT})


def forget(session: Session, *, now: datetime) -> int:
    """Delete the totals of windows that ended long ago; give how many there were."""
    unhurried(session.connection())  # a window may have a million
    return len(session.execute(_FORGET, {"oldest": now - KEPT}).all())
