"""The cord: a call for help is raised, acknowledged, resolved; unanswered, others are told."""

from app.domain.andon.calls import acknowledge, find_call, raise_call, resolve, take_over
from app.domain.andon.errors import (
    AndonError,
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
    NoteTooLong,
)
from app.domain.andon.escalation import escalate
from app.domain.andon.lists import CallView, Taking, calls_between, open_calls, recent_calls
from app.domain.andon.trail import Step, trails
from app.domain.andon.types import call_types, first_types

__all__ = [
    "AndonError",
    "CallAlreadyOpen",
    "CallResolved",
    "CallView",
    "NoSuchCall",
    "NoSuchReason",
    "NoSuchStation",
    "NoteTooLong",
    "Step",
    "Taking",
    "acknowledge",
    "call_types",
    "calls_between",
    "escalate",
    "find_call",
    "first_types",
    "open_calls",
    "raise_call",
    "recent_calls",
    "resolve",
    "take_over",
    "trails",
]
