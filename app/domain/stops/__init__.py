"""When lines stood, and why: reasons, planned stops, and what a line did over time."""

from app.domain.stops.errors import (
    AlreadyPlanned,
    CommentTooLong,
    GroupInUse,
    GroupRetired,
    NameTaken,
    NoReasonNumbered,
    NoSuchStop,
    NoSuchStopReason,
    NothingPlanned,
    NotPlanned,
    ReasonTaken,
    StopsError,
)
from app.domain.stops.planning import declare, end, open_stop
from app.domain.stops.reason_changes import (
    all_reasons,
    change_reason,
    make_reason,
    move_reason,
    numbered,
)
from app.domain.stops.reasons import Group, Reason, first_reasons, planned_reasons, reasons
from app.domain.stops.saying import give_reason, said
from app.domain.stops.timeline import Band, timeline

__all__ = [
    "AlreadyPlanned",
    "Band",
    "CommentTooLong",
    "Group",
    "GroupInUse",
    "GroupRetired",
    "NameTaken",
    "NoReasonNumbered",
    "NoSuchStop",
    "NoSuchStopReason",
    "NotPlanned",
    "NothingPlanned",
    "Reason",
    "ReasonTaken",
    "StopsError",
    "all_reasons",
    "change_reason",
    "declare",
    "end",
    "first_reasons",
    "give_reason",
    "make_reason",
    "move_reason",
    "numbered",
    "open_stop",
    "planned_reasons",
    "reasons",
    "said",
    "timeline",
]
