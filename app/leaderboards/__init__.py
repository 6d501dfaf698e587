"""Rankings of any size: copies in memory of totals that are kept elsewhere.

The truth is elsewhere, with a version that grows by each change of a ranking. Here is the copy of
one version of it, whole: a sorted set, and beside it a mark that says which version of which
source it is, and how many members it has. What does not fit its mark is not shown.
"""

from app.leaderboards.clients import PASSING
from app.leaderboards.copies import Leaderboards, Unrankable
from app.leaderboards.layout import Ranking
from app.leaderboards.places import Asked, Own, Place, Seen, placed

__all__ = [
    "PASSING",
    "Asked",
    "Leaderboards",
    "Own",
    "Place",
    "Ranking",
    "Seen",
    "Unrankable",
    "placed",
]
