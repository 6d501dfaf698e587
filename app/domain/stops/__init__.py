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
from app.domain.stops.reasons import Group, Reason, first_reasons, planned_reasons, reasons

__all__ = [
    "AlreadyPlanned",
    "CommentTooLong",
    "Group",
    "NoSuchStop",
    "NoSuchStopReason",
    "NotPlanned",
    "NothingPlanned",
    "Reason",
    "StopsError",
    "first_reasons",
    "planned_reasons",
    "reasons",
]
