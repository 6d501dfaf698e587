"""Part: the query cache and its peers."""

from collections.abc import Callable

from benchmarks.finding import Finding, Part
from benchmarks.querycache import tables
from benchmarks.querycache.measure import Measured
from benchmarks.querycache.measure import measure as race_peers
from benchmarks.report import table


def found(measured: Measured) -> Finding:
    hits = table(tables.HITS_HEAD, tables.hit_rows(measured))
    changes = table(tables.CHANGES_HEAD, tables.change_rows(measured))
    return Finding(
        measured.machine,
        f"{hits}\n\n{changes}",
        tables.means(measured),
        tables.figures(measured),
        tables.numbers(measured),
    )


def measure(tell: Callable[[str], None]) -> Finding:
    return found(race_peers(tell))


PART = Part("queries", "## The query cache and its peers", measure)
