"""The page and the file of numbers, part by part, and what moved since they were last written."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import msgspec

from benchmarks import comparison, goals
from benchmarks.finding import Figure, Finding, Part
from benchmarks.rounds import Compared
from lab.procfile import ROOT

DOCS = ROOT / "docs"
NUMBERS = "benchmarks.json"
GOALS_PAGE = "benchmarks.md"
COMPARED_HEAD = ("", "unit", "ours", "bare", "cost, bare = 1", "min … max")
GOALS_HEADING = "## Goals"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file of numbers holds of a part."""

    machine: str
    figures: list[Figure]
    numbers: dict[str, object]


_read = msgspec.json.Decoder(dict[str, Kept])


def publish(part: Part, finding: Finding) -> list[str]:
    """Put the part into the page and the numbers, beside what was measured before.

    Gives a line for each of its figures that moved.
    """
    known = numbers()
    before = {each.name: each for each in known[part.name].figures} if part.name in known else {}
    known[part.name] = Kept(finding.machine, finding.figures, finding.numbers)
    encoded = msgspec.json.format(msgspec.json.encode(known), indent=1)
    (DOCS / NUMBERS).write_bytes(encoded + b"\n")
    for name, drawing in finding.images.items():
        (DOCS / "images" / name).write_text(drawing)
    found = {figure.name: figure for figure in _figures(known)}
    _splice(DOCS / part.page, part.heading, finding.section)
    _splice(DOCS / GOALS_PAGE, GOALS_HEADING, table(goals.HEAD, goals.rows(found)) + "\n")
    return comparison.moved(before, finding.figures)


def numbers() -> dict[str, Kept]:
    """What was found of each part when it was last measured."""
    return _read.decode((DOCS / NUMBERS).read_bytes())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that Markdown reads as one, and a person in a terminal too."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, ruler, *rows)
    )


def compared_table(compared: Sequence[Compared]) -> str:
    return table(COMPARED_HEAD, [_compared_row(each) for each in compared])


def _compared_row(each: Compared) -> list[str]:
    return [
        each.name,
        each.unit,
        f"{statistics.median(each.ours):,.0f}",
        f"{statistics.median(each.bare):,.0f}",
        f"{statistics.median(each.costs):.1f}",
        f"{min(each.costs):.1f} … {max(each.costs):.1f}",
    ]


def _figures(known: dict[str, Kept]) -> chain[Figure]:
    return chain.from_iterable(finding.figures for finding in known.values())


def _splice(page: Path, heading: str, section: str) -> None:
    """Put another section under this heading; one that the page does not have comes last."""
    before, found, rest = page.read_text().partition(f"{heading}\n\n")
    # Of an empty section the next heading is all there is.
    _, next_heading, after = f"\n{rest}".partition("\n## ")
    gap = "" if found else "\n"
    page.write_text(f"{before}{gap}{heading}\n\n{section}{next_heading}{after}")
