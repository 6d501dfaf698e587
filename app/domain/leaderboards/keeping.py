"""The copies in the cache, kept in step with the totals.

Nothing is carried over from the transaction that counted: whoever keeps a copy asks for all that
changed since the version it is at. So the way after a crash, an outage or a failover is the way
of every day, and a word that was lost is made good by the next.
"""

from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import text

from app.database import Database
from app.domain.leaderboards.windows import KEPT, ranking
from app.leaderboards import Leaderboards, Ranking

# As many rows in memory at a time while a copy is built.
CHUNK = 5_000

_BOARDS = text("""
SELECT id, plant_id, board, window_key, CAST(epoch AS text) AS epoch, version, ends_at
FROM leaderboard WHERE ends_at IS NULL OR ends_at > :oldest
ORDER BY id
""")
# Of one snapshot: all that this version has and that one had not.
_SINCE = text("""
SELECT board.version, total.member, total.score
FROM leaderboard AS board
LEFT JOIN leaderboard_total AS total
    ON total.leaderboard_id = board.id AND total.version > :since
WHERE board.id = :id
""")


def bring_up_to_date(database: Database, copies: Leaderboards, *, now: datetime) -> int:
    """Bring every copy to the version of its board; give how many were built anew."""
    with database.transaction() as session:
        boards = session.execute(_BOARDS, {"oldest": now - KEPT}).all()
    return sum(_bring(database, copies, board, now) for board in boards)


def _bring(database: Database, copies: Leaderboards, board: Any, now: datetime) -> bool:  # noqa: ANN401 (a row)
    """Whether the copy had to be built; it is then at the version it was built from."""
    at = copies.apply(
        _where(board), [], epoch=board.epoch, since=board.version, version=board.version, at=now
    )
    if at == board.version:
        return False
    if at is not None and _replay(database, copies, board, since=at, now=now):
        return False
    return _build(database, copies, board, now)


def _replay(
    database: Database,
    copies: Leaderboards,
    board: Any,  # noqa: ANN401 (a row)
    *,
    since: int,
    now: datetime,
) -> bool:
    """Whether the copy's version is of this database's past; what it lacks is then applied.

    The database is asked after the copy: a copy that is ahead all the same has seen what a restored
    database has not.
    """
    with database.transaction() as session:
        rows = session.execute(_SINCE, {"id": board.id, "since": since}).all()
    if not rows:
        return True  # a board that was just deleted
    if rows[0].version < since:
        return False
    totals = [(row.member, row.score) for row in rows if row.member is not None]
    terms = {"epoch": board.epoch, "since": since, "version": rows[0].version, "at": now}
    copies.apply(_where(board), totals, **terms)
    return True


def _build(database: Database, copies: Leaderboards, board: Any, now: datetime) -> bool:  # noqa: ANN401 (a row)
    with database.transaction() as session:
        rows = session.execute(
            _SINCE,
            {"id": board.id, "since": 0},
            execution_options={"stream_results": True, "yield_per": CHUNK},
        )
        first = next(rows, None)
        if first is None or first.member is None:
            return False  # deleted; and a board without totals has no version
        return copies.build(
            _where(board),
            ((member, score) for _, member, score in chain([first], rows)),
            epoch=board.epoch,
            version=first.version,
            at=now,
            until=board.ends_at and board.ends_at + KEPT,
        )


def _where(board: Any) -> Ranking:  # noqa: ANN401 (a row)
    return ranking(board.plant_id, board.board, board.window_key)
