"""What a plant did in some time: pieces, stops, calls, and how well its lines were used."""

from app.domain.reports.answers import ZONE, Answer, last_shift
from app.domain.reports.calls import EXPORT as CALLS
from app.domain.reports.calls import MOST_EXPORTED as MOST_CALLS
from app.domain.reports.calls import CallTimes, call_times
from app.domain.reports.downtime import EXPORT as STOPS
from app.domain.reports.downtime import MOST_EXPORTED as MOST_STOPS
from app.domain.reports.downtime import MOST_LISTED, Bar, downtime, longest, pareto, stops
from app.domain.reports.errors import BadRange, NoSuchView, ReportsError
from app.domain.reports.oee import Oee, oee
from app.domain.reports.oee import together as oee_together
from app.domain.reports.output import Made, output, together, total
from app.domain.reports.ranges import (
    Range,
    between,
    by_dates,
    by_name,
    grain,
    grains,
    midnight,
)

__all__ = [
    "CALLS",
    "MOST_CALLS",
    "MOST_LISTED",
    "MOST_STOPS",
    "STOPS",
    "ZONE",
    "Answer",
    "BadRange",
    "Bar",
    "CallTimes",
    "Made",
    "NoSuchView",
    "Oee",
    "Range",
    "ReportsError",
    "between",
    "by_dates",
    "by_name",
    "call_times",
    "downtime",
    "grain",
    "grains",
    "last_shift",
    "longest",
    "midnight",
    "oee",
    "oee_together",
    "output",
    "pareto",
    "stops",
    "together",
    "total",
]
