"""Leaderboards: who made how many good pieces, in this shift, day, week, and ever.

Lines, operators and teams of one plant are ranked by their good pieces. Scrap does not count,
neither for nor against: who hides it gains nothing, and who reports it loses nothing. An operator's
pieces are also the team's that the operator is on when they are stored.
"""

from app.domain.leaderboards.counting import Made, count, forget, recount
from app.domain.leaderboards.keeping import bring_up_to_date
from app.domain.leaderboards.members import names, own_member
from app.domain.leaderboards.reading import Standing, standing
from app.domain.leaderboards.windows import BOARDS, WINDOWS, Window, ranking, window_at

__all__ = [
    "BOARDS",
    "WINDOWS",
    "Made",
    "Standing",
    "Window",
    "bring_up_to_date",
    "count",
    "forget",
    "names",
    "own_member",
    "ranking",
    "recount",
    "standing",
    "window_at",
]
