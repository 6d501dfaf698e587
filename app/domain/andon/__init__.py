"""The cord: a call for help is raised, acknowledged, resolved; unanswered, others are told."""

from app.domain.andon.calls import acknowledge, find_call, raise_call, resolve, take_over
from app.domain.andon.errors import (
    AndonError,
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
    NoSuchType,
    NoteTooLong,
    TypeTaken,
)
from app.domain.andon.escalation import escalate
from app.domain.andon.lists import (
    BEFORE_ALL,
    CallMark,
    CallView,
    Taking,
    calls_after,
    calls_between,
    open_calls,
    recent_calls,
)
from app.domain.andon.trail import Step, trails
from app.domain.andon.type_changes import (
    all_types,
    change_type,
    find_type,
    make_type,
    move_type,
)
from app.domain.andon.types import call_types, first_types

__all__ = [
    "BEFORE_ALL",
    "AndonError",
    "CallAlreadyOpen",
    "CallMark",
    "CallResolved",
    "CallView",
    "NoSuchCall",
    "NoSuchReason",
    "NoSuchStation",
    "NoSuchType",
    "NoteTooLong",
    "Step",
    "Taking",
    "TypeTaken",
    "acknowledge",
    "all_types",
    "call_types",
    "calls_after",
    "calls_between",
    "change_type",
    "escalate",
    "find_call",
    "find_type",
    "first_types",
    "make_type",
    "move_type",
    "open_calls",
    "raise_call",
    "recent_calls",
    "resolve",
    "take_over",
    "trails",
]
