"""Part: what a request pays for its session."""

from collections.abc import Callable

from benchmarks.finding import Finding, Part
from benchmarks.report import table
from benchmarks.sessions import tables
from benchmarks.sessions.measure import Measured
from benchmarks.sessions.measure import measure as measure_sessions


def found(measured: Measured) -> Finding:
    costs = table(tables.COSTS_HEAD, tables.cost_rows(measured))
    goals = table(tables.GOALS_HEAD, tables.goal_rows(measured))
    return Finding(
        measured.machine,
        f"{costs}\n\n{goals}",
        tables.means(measured),
        tables.figures(measured),
        tables.numbers(measured),
    )


def measure(tell: Callable[[str], None]) -> Finding:
    return found(measure_sessions(tell))


PART = Part("sessions", "## Sessions and their peers", measure)
