"""What the queries counted, in all processes together, as a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.cache import OUTCOMES, QUERIES, Store

# How an answer came about without a query of the database.
SPARED = ("near", "hit", "wait", "stale")
COUNTED = (*OUTCOMES, "saved_us", "bytes", "lies")
HEAD = ("query", *OUTCOMES, "spared", "saved", "written")

Counts = dict[str, "Count"]


@dataclass(frozen=True, slots=True)
class Count:
    """One query's counts: its answers by how they came about, what they saved, what was kept."""

    outcomes: dict[str, int]
    saved_seconds: float
    bytes: int
    lies: int

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
    found = store.counted(f"{query}|{what}" for query in QUERIES for what in COUNTED)
    return {query: _count(query, found) for query in sorted(QUERIES)}


def _count(query: str, found: dict[str, int]) -> Count:
    return Count(
        outcomes={outcome: found[f"{query}|{outcome}"] for outcome in OUTCOMES},
        saved_seconds=found[f"{query}|saved_us"] / 1e6,
        bytes=found[f"{query}|bytes"],
        lies=found[f"{query}|lies"],
    )


def table(now: Counts, *, before: Counts | None = None) -> list[str]:
    """A line for each query; with what was asked since `before`, if that is given."""
    rows = [[*HEAD, *(["asked since"] if before else [])]]
    for query, count in now.items():
        row = [query, *(f"{count.outcomes[outcome]:,}" for outcome in OUTCOMES)]
        spared = "-" if count.spared is None else f"{count.spared:.1%}"
        row += [spared, f"{count.saved_seconds:,.1f} s", f"{count.bytes / 1000:,.0f} KB"]
        if before:
            row.append(f"{count.asked - before[query].asked:,}")
        rows.append(row)
    lines = _aligned(rows)
    lies = {query: count.lies for query, count in now.items() if count.lies}
    return [*lines, *(f"{query}: {number} answers were wrong" for query, number in lies.items())]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def _line(row: list[str], widths: Iterable[int]) -> str:
    first, *others = (
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *others)).rstrip()
