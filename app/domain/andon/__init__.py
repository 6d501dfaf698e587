"""The cord: a call for help is raised, acknowledged, resolved."""

from app.domain.andon.calls import (
    REASONS,
    CallView,
    acknowledge,
    find_call,
    raise_call,
    recent_calls,
    resolve,
)
from app.domain.andon.errors import (
    AndonError,
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
)

__all__ = [
    "REASONS",
    "AndonError",
    "CallAlreadyOpen",
    "CallResolved",
    "CallView",
    "NoSuchCall",
    "NoSuchReason",
    "NoSuchStation",
    "acknowledge",
    "find_call",
    "raise_call",
    "recent_calls",
    "resolve",
]
