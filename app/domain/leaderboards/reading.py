"""How a board stands: by its copy in the cache, or by the database where there is none."""

from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.leaderboards.windows import Window, ranking
from app.leaderboards import PASSING, Asked, Leaderboards, Own, Place, Seen, placed

_BOARD = text("""
SELECT id, version,
       (SELECT count(*) FROM leaderboard_total WHERE leaderboard_id = leaderboard.id) AS members
FROM leaderboard WHERE plant_id = :plant AND board = :board AND window_key = :window
""")
_STRETCH = text("""
WITH stretch AS (
    SELECT member, score FROM leaderboard_total WHERE leaderboard_id = :id
    ORDER BY score DESC, member DESC LIMIT :limit OFFSET :offset
)
SELECT member, score, (
    SELECT count(*) FROM leaderboard_total
    WHERE leaderboard_id = :id AND score > (SELECT max(score) FROM stretch)
) AS better
FROM stretch ORDER BY score DESC, member DESC
""")
# Each count is a stretch of one index: who is behind is what is left, and need not be counted.
_OWN = text("""
SELECT own.score,
       (SELECT count(*) FROM leaderboard_total
        WHERE leaderboard_id = :id AND score > own.score) AS better,
       (SELECT count(*) FROM leaderboard_total
        WHERE leaderboard_id = :id AND score = own.score) AS equal,
       (SELECT count(*) FROM leaderboard_total
        WHERE leaderboard_id = :id AND score = own.score AND member > own.member) AS ahead
FROM leaderboard_total AS own
WHERE leaderboard_id = :id AND member = :member
""")
_EMPTY = partial(Seen, count=0, page=[], own=None, version=0)


class Standing(Struct, frozen=True, kw_only=True):
    """What was asked of a board, and who answered: `cache`, or `database`."""

    seen: Seen
    source: str


def standing(
    session: Session,
    copies: Leaderboards,
    *,
    plant_id: int,
    board: str,
    window: Window | None,
    asked: Asked,
    now: datetime,
) -> Standing:
    """The board as asked for; of no window it is empty.

    Both sources rank alike; of a million the database takes longer.
    """
    if window is None:
        return Standing(seen=_EMPTY(at=now), source="database")
    try:
        seen = copies.look(ranking(plant_id, board, window.key), asked)
    except PASSING:
        seen = None
    if seen is not None:
        return Standing(seen=seen, source="cache")
    where = {"plant": plant_id, "board": board, "window": window.key}
    return Standing(seen=_by_database(session, where, asked, now), source="database")


def _by_database(session: Session, where: dict[str, object], asked: Asked, now: datetime) -> Seen:
    found = session.execute(_BOARD, where).one_or_none()
    if found is None:
        return _EMPTY(at=now)
    return Seen(
        count=found.members,
        page=_stretch(session, found.id, limit=asked.limit, offset=asked.offset),
        own=_own(session, found, asked),
        version=found.version,
        at=now,
    )


def _stretch(session: Session, board_id: int, *, limit: int, offset: int) -> list[Place]:
    rows = session.execute(_STRETCH, {"id": board_id, "limit": limit, "offset": offset}).all()
    better = rows[0].better if rows else 0
    return placed(((row.member, row.score) for row in rows), better=better, before=offset)


def _own(session: Session, board: Any, asked: Asked) -> Own | None:  # noqa: ANN401 (a row)
    if asked.member is None:
        return None
    own = session.execute(_OWN, {"id": board.id, "member": asked.member}).one_or_none()
    if own is None:
        return None
    position = own.better + own.ahead
    first = max(0, position - asked.beside)
    limit = position + asked.beside + 1 - first
    return Own(
        Place(own.better + 1, asked.member, own.score),
        board.members - own.better - own.equal,
        _stretch(session, board.id, limit=limit, offset=first),
    )
