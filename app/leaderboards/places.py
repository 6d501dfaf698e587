"""Places: equal scores share one and leave a gap, 1, 2, 2, 4.

Members who share a place stand in it by their names, backwards: as a sorted set has them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct


class Place(NamedTuple):
    """A member's place in a ranking; the first is 1."""

    rank: int
    member: str
    score: int


class Asked(NamedTuple):
    """What somebody wants to see: a page, and a member with as many as `beside` on either side."""

    limit: int
    offset: int = 0
    member: str | None = None
    beside: int = 0


class Own(NamedTuple):
    """How one member stands: the place, how many are behind it, and those around it in order."""

    place: Place
    behind: int
    around: list[Place]


class Seen(Struct, frozen=True, kw_only=True):
    """What was asked for, of one version of the totals, as it was at the moment `at`."""

    count: int
    page: list[Place]
    own: Own | None
    version: int
    at: datetime

    @property
    def percentile(self) -> float | None:
        """The share of the others, of a hundred, that are behind the member; alone it is all."""
        if self.own is None:
            return None
        return 100.0 if self.count == 1 else 100 * self.own.behind / (self.count - 1)


def placed(rows: Iterable[tuple[str, int]], *, better: int, before: int) -> list[Place]:
    """Places of members that follow one another, best first.

    `better` is how many have a higher score than the first of them, `before` how many stand
    before it.
    """
    places: list[Place] = []
    for position, (member, score) in enumerate(rows, start=before + 1):
        if not places:
            rank = better + 1
        else:
            rank = places[-1].rank if places[-1].score == score else position
        places.append(Place(rank, member, score))
    return places
