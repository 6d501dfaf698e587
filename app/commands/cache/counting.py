"""What the queries counted, in all processes together, as a table."""

from collections.abc import Iterable

from app.cache import OUTCOMES, Counts

HEAD = ("query", *OUTCOMES, "spared", "saved", "written")


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
