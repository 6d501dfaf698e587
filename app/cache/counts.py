"""What the queries counted, in all processes together."""

from dataclasses import dataclass

from app.cache.ledger import OUTCOMES
from app.cache.queries import QUERIES
from app.cache.store import Store

# How an answer came about without a query of the database.
SPARED = ("near", "hit", "wait", "stale")
_COUNTED = (*OUTCOMES, "saved_us", "bytes", "lies", "written", "unread")

Counts = dict[str, "Count"]


@dataclass(frozen=True, slots=True)
class Count:
    """One query's counts: its answers by how they came about, what they saved, what was kept.

    Of those `written` by writers, `unread` were written again before anybody had read them.
    """

    outcomes: dict[str, int]
    saved_seconds: float
    bytes: int
    lies: int
    written: int
    unread: int

    @property
    def asked(self) -> int:
        return sum(self.outcomes.values())

    @property
    def spared(self) -> float | None:
        """The share that cost the database nothing; None if nobody asked."""
        if not self.asked:
            return None
        return sum(self.outcomes[outcome] for outcome in SPARED) / self.asked


def counts(store: Store) -> Counts:
    """What all processes counted, by query."""
    found = store.counted(f"{query}|{what}" for query in QUERIES for what in _COUNTED)
    return {query: _count(query, found) for query in sorted(QUERIES)}


def _count(query: str, found: dict[str, int]) -> Count:
    return Count(
        outcomes={outcome: found[f"{query}|{outcome}"] for outcome in OUTCOMES},
        saved_seconds=found[f"{query}|saved_us"] / 1e6,
        bytes=found[f"{query}|bytes"],
        lies=found[f"{query}|lies"],
        written=found[f"{query}|written"],
        unread=found[f"{query}|unread"],
    )
