"""What a plant calls for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.models import Call, CallType, Line

_COLUMNS = (
    *("slug", "name", "colour", "urgency", "impact"),
    *("response_minutes", "resolve_minutes", "escalation_minutes"),
)
# Where the call's line is joined too. A call whose type is not there is shown by its slug.
TYPE_OF_CALL = and_(CallType.plant_id == Line.plant_id, CallType.slug == Call.reason)
# What a new plant begins with, until somebody knows better.
_FIRST_TYPES = (
    ("safety", "Safety", "red", "critical", "down", 1, 30, 2),
    ("maintenance", "Maintenance", "orange", "critical", "down", 5, 45, 8),
    ("quality", "Quality", "purple", "normal", "impacting", 5, 30, 10),
    ("material", "Material", "blue", "normal", "impacting", 5, 20, 10),
    ("help", "Help", "grey", "normal", "none", 10, 60, 20),
)
TYPES = Query(
    select(*(getattr(CallType, name) for name in _COLUMNS))
    .where(CallType.plant_id == bindparam("plant"), CallType.active)
    .order_by(CallType.position),
    name="call-types",
    # Changed by hand, a few times a year, and on the page of every line: who changes them fills
    # them. An hour bounds nothing but memory.
    policy=Policy(fresh_for=timedelta(hours=1), near="tracked", strategy="write_through"),
)


def first_types(plant_id: int) -> list[CallType]:
    """The call types that a new plant is given."""
    return [
        CallType(plant_id=plant_id, position=position, **dict(zip(_COLUMNS, values, strict=True)))
        for position, values in enumerate(_FIRST_TYPES)
    ]


def call_types(session: Session, plant_id: int, *, ask: Ask = directly) -> Sequence[Any]:
    """What may be called for in the plant, in its order."""
    return ask(session, TYPES, plant=plant_id)
