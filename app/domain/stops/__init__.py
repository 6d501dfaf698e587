"""When lines stood, and why: reasons, planned stops, and what a line did over time."""

from app.domain.stops.errors import (
    AlreadyPlanned,
    CommentTooLong,
    NoSuchStop,
    NoSuchStopReason,
    NothingPlanned,
    NotPlanned,
    StopsError,
)
from app.domain.stops.planning import declare, end, open_stop
from app.domain.stops.reasons import Group, Reason, first_reasons, planned_reasons, reasons
from app.domain.stops.saying import give_reason, said
from app.domain.stops.timeline import Band, timeline

__all__ = [
    "AlreadyPlanned",
    "Band",
    "CommentTooLong",
    "Group",
    "NoSuchStop",
    "NoSuchStopReason",
    "NotPlanned",
    "NothingPlanned",
    "Reason",
    "StopsError",
    "declare",
    "end",
    "first_reasons",
    "give_reason",
    "open_stop",
    "planned_reasons",
    "reasons",
    "said",
    "timeline",
]
