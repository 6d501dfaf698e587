"""Rankings by plain Python, as everything else must have them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.leaderboards import Asked, Leaderboards, Own, Place, Ranking, Seen

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNTIL = datetime.now(UTC) + timedelta(hours=1)
RANKING = Ranking("north:lines", "day:2026-03-02")


def places(totals: Mapping[str, int]) -> list[Place]:
    """All of them, best first; each is as many places down as others have more."""
    best_first = sorted(totals.items(), key=lambda one: (one[1], one[0].encode()), reverse=True)
    return [
        Place(1 + sum(other > score for other in totals.values()), member, score)
        for member, score in best_first
    ]


def seen(totals: Mapping[str, int], asked: Asked, *, version: int = 1, at: datetime = NOW) -> Seen:
    """What `asked` must show of them."""
    ranked = places(totals)
    own = None
    names = [place.member for place in ranked]
    if asked.member in names:
        position = names.index(asked.member)
        behind = sum(score < totals[asked.member] for score in totals.values())
        first = max(0, position - asked.beside)
        own = Own(ranked[position], behind, ranked[first : position + asked.beside + 1])
    return Seen(
        count=len(ranked),
        page=ranked[asked.offset : asked.offset + asked.limit],
        own=own,
        version=version,
        at=at,
    )


def build(boards: Leaderboards, totals: Mapping[str, int], **but: object) -> bool:
    """Version 1 of the source «here», or what else is said."""
    terms = {"epoch": "here", "version": 1, "at": NOW, "until": UNTIL} | but
    return boards.build(RANKING, totals.items(), **terms)  # type: ignore[arg-type]


def apply(boards: Leaderboards, totals: Mapping[str, int], **but: object) -> int | None:
    """From version 1 to version 2, or what else is said."""
    terms = {"epoch": "here", "since": 1, "version": 2, "at": NOW} | but
    return boards.apply(RANKING, list(totals.items()), **terms)  # type: ignore[arg-type]


def page(boards: Leaderboards, *, limit: int = 100) -> list[Place] | None:
    found = boards.look(RANKING, Asked(limit))
    return None if found is None else found.page
