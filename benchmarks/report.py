"""What was measured, as tables for the terminal, a page and a file of numbers."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import text

from benchmarks import leaderboards as of_leaderboards
from benchmarks import listening
from benchmarks import reports as of_reports
from benchmarks.instance import Instance
from benchmarks.listening import Heard, Summary, summaries
from benchmarks.querycache import tables
from benchmarks.querycache.measure import Measured
from benchmarks.rounds import Compared
from benchmarks.sessions import tables as of_sessions
from benchmarks.sessions.measure import Measured as SessionsMeasured
from lab.procfile import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
NUMBERS = ROOT / "benchmarks" / "results.json"
COMPARED_HEAD = ("", "unit", "ours", "bare", "cost, bare = 1", "min … max")
HEARD_HEAD = (
    *("announced every", f"p50 of {listening.FEW}", f"p99 of {listening.FEW}"),
    *(f"p50 of {listening.MANY:,}", f"p99 of {listening.MANY:,}"),
    *("p50 grows by", "p99 grows by", "delivered at least"),
)
SESSIONS_HEADING = "## Sessions and their peers\n\n"
LEADERBOARDS_HEADING = "## Leaderboards of a million\n\n"
REPORTS_HEADING = "## Reports of a year\n\n"
TEMPLATE = Path(__file__).parent / "page.md"


def machine(instance: Instance) -> str:
    """What the numbers were taken on, in one line."""
    with instance.parts.database.transaction() as session:
        postgres = str(session.scalar(text("SHOW server_version"))).split()[0]
    valkey = instance.parts.redis.info("server").get("valkey_version", "?")
    return (
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}"
        f" cores, Python {platform.python_version()}, Valkey {valkey}, PostgreSQL {postgres}; "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )


def compared_rows(compared: Sequence[Compared]) -> list[list[str]]:
    return [
        [
            each.name,
            each.unit,
            f"{statistics.median(each.ours):,.0f}",
            f"{statistics.median(each.bare):,.0f}",
            f"{statistics.median(each.costs):.1f}",
            f"{min(each.costs):.1f} … {max(each.costs):.1f}",
        ]
        for each in compared
    ]


def heard_rows(found: Sequence[Summary]) -> list[list[str]]:
    return [
        [
            f"{each.every_ms} ms",
            *(f"{value:.0f} ms" for value in (*each.few, *each.many)),
            *(_growth(ratios) for ratios in (each.p50_ratios, each.p99_ratios)),
            f"{each.smallest_share:.1%}",
        ]
        for each in found
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that Markdown reads as one, and a person in a terminal too."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, ruler, *rows)
    )


def write(
    machine: str,
    compared: Sequence[Compared],
    heard: Sequence[Heard],
    raced: Measured,
    *,
    sessions: SessionsMeasured,
    million: of_leaderboards.Measured,
    reports: of_reports.Measured,
) -> str:
    """Write the page and the numbers, and give the tables."""
    first = table(COMPARED_HEAD, compared_rows(compared))
    second = table(HEARD_HEAD, heard_rows(summaries(list(heard))))
    hits = table(tables.HITS_HEAD, tables.hit_rows(raced))
    changes = table(tables.CHANGES_HEAD, tables.change_rows(raced))
    means = "\n".join(f"- **{each.name}**: {each.means}" for each in compared)
    page = TEMPLATE.read_text().format(
        machine=machine,
        compared=first,
        means=means,
        heard=second,
        hearing=listening.MEANS,
        hits=hits,
        changes=changes,
        racing=tables.means(raced),
        sessions=sessions_section(sessions),
        million=leaderboards_section(million),
        reports=reports_section(reports),
    )
    PAGE.write_text(page)
    numbers = {
        "machine": machine,
        "compared": [
            {"name": each.name, "unit": each.unit, "ours": each.ours, "bare": each.bare}
            for each in compared
        ],
        "heard": [asdict(each) for each in heard],
        "query cache": tables.numbers(raced),
        "sessions": of_sessions.numbers(sessions),
        "leaderboards": of_leaderboards.numbers(million),
        "reports": of_reports.numbers(reports),
    }
    _write_numbers(numbers)
    tables_of_parts = "\n\n".join(
        (sessions_tables(sessions), leaderboards_table(million), reports_tables(reports))
    )
    return f"{first}\n\n{second}\n\n{hits}\n\n{changes}\n\n{tables_of_parts}"


def write_sessions(measured: SessionsMeasured) -> str:
    """Put this part alone into the page and the numbers, beside what was measured before."""
    _write_part(SESSIONS_HEADING, sessions_section(measured))
    _write_numbers(_numbers_before() | {"sessions": of_sessions.numbers(measured)})
    return sessions_tables(measured)


def write_leaderboards(measured: of_leaderboards.Measured) -> str:
    """The same for the leaderboards."""
    _write_part(LEADERBOARDS_HEADING, leaderboards_section(measured))
    _write_numbers(_numbers_before() | {"leaderboards": of_leaderboards.numbers(measured)})
    return leaderboards_table(measured)


def write_reports(measured: of_reports.Measured) -> str:
    """The same for the reports."""
    _write_part(REPORTS_HEADING, reports_section(measured))
    _write_numbers(_numbers_before() | {"reports": of_reports.numbers(measured)})
    return reports_tables(measured)


def sessions_tables(measured: SessionsMeasured) -> str:
    costs = table(of_sessions.COSTS_HEAD, of_sessions.cost_rows(measured))
    return f"{costs}\n\n{table(of_sessions.GOALS_HEAD, of_sessions.goal_rows(measured))}"


def sessions_section(measured: SessionsMeasured) -> str:
    """All that stands under its heading; it may be of another day than the rest of the page."""
    return f"{measured.machine}\n\n{sessions_tables(measured)}\n\n{of_sessions.means(measured)}\n"


def leaderboards_table(measured: of_leaderboards.Measured) -> str:
    return table(COMPARED_HEAD, compared_rows(measured.compared))


def leaderboards_section(measured: of_leaderboards.Measured) -> str:
    """All that stands under its heading, of whatever day."""
    found = leaderboards_table(measured)
    return f"{measured.machine}\n\n{found}\n\n{of_leaderboards.means(measured)}\n"


def reports_tables(measured: of_reports.Measured) -> str:
    times = table(of_reports.HEAD, of_reports.rows(measured))
    return f"{times}\n\n{table(of_reports.GOALS_HEAD, of_reports.goal_rows(measured))}"


def reports_section(measured: of_reports.Measured) -> str:
    """All that stands under its heading, of whatever day."""
    return f"{measured.machine}\n\n{reports_tables(measured)}\n\n{of_reports.means(measured)}\n"


def _write_part(heading: str, section: str) -> None:
    before, _, rest = PAGE.read_text().partition(heading)
    _, next_heading, after = rest.partition("\n## ")
    PAGE.write_text(f"{before}{heading}{section}{next_heading}{after}")


def _numbers_before() -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(NUMBERS.read_bytes())
    return found


def _write_numbers(numbers: Mapping[str, object]) -> None:
    NUMBERS.write_bytes(msgspec.json.format(msgspec.json.encode(numbers), indent=1) + b"\n")


def _growth(ratios: Sequence[float]) -> str:
    if not ratios:
        return "not heard"
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} … {max(ratios):.1f})"
