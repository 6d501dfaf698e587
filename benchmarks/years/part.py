"""Part: a year's reports over ten million readings, cold and kept, and without roll-ups."""

import statistics
from collections.abc import Callable, Sequence

from benchmarks.finding import Figure, Finding, Part, clocked, ratio
from benchmarks.report import table
from benchmarks.years.measure import ROUNDS, Measured, measure_years
from benchmarks.years.past import DAYS

HEAD = ("a year of", "raw", "cold", "raw, cold = 1", "kept by another process", "kept at hand")


def measure(tell: Callable[[str], None]) -> Finding:
    found = measure_years(tell)
    return Finding(
        found.machine, table(HEAD, rows(found)), means(found), figures(found), numbers(found)
    )


def rows(measured: Measured) -> list[list[str]]:
    return [
        [
            each.name,
            _middle(each.raw, 0),
            _middle(each.cold, 0),
            f"{statistics.median(each.raw) / statistics.median(each.cold):.0f}"
            if each.raw
            else "-",
            _middle(each.hit, 2),
            _middle(each.near, 2),
        ]
        for each in measured.timed
    ]


def figures(measured: Measured) -> list[Figure]:
    """The slowest report's medians, and how many times the kept ones' cost the rows are."""
    kept = [each for each in measured.timed if each.hit]
    cold = max(statistics.median(each.cold) for each in measured.timed)
    hit = max(statistics.median(each.hit) for each in kept)
    return [
        clocked("slowest cold report", cold, "ms"),
        clocked("slowest kept report", hit, "ms"),
        *(
            ratio(
                f"{each.name}, cold : kept",
                [a / b for a, b in zip(each.cold, each.hit, strict=True)],
            )
            for each in kept
        ),
    ]


def numbers(measured: Measured) -> dict[str, object]:
    timed = {
        each.name: {name: getattr(each, name) for name in ("raw", "cold", "hit", "near")}
        for each in measured.timed
    }
    return {"stored": measured.stored, "milliseconds": timed}


def means(measured: Measured) -> str:
    return (
        f"{measured.stored}. {ROUNDS} years of {DAYS} days, each begun a day later than the one "
        "before, so that nobody has asked for it: **cold** is a question that the cache misses and "
        "then keeps. **Kept by another process** is the same question from a second set of parts, "
        "which fetches and decodes the answer; **at hand** is its second question, which a look at "
        "the tokens proves. OEE is two answers. **Raw** asks the rows themselves, without the "
        "target and the shifts that the reports weigh them with; medians of all. A sensor's chart "
        "is not kept. A page takes longer than its answer: it is the template's time."
    )


def _middle(values: Sequence[float], decimals: int) -> str:
    return f"{statistics.median(values):,.{decimals}f} ms" if values else "-"


PART = Part("reports", "## Reports of a year", measure)
