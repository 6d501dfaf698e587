"""What a plant says of its stops: groups of reasons, and the reasons in them."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.stops.errors import NoSuchStopReason, NotPlanned
from app.models import StopReason

# What a new plant begins with, until somebody knows better.
_FIRST = (
    ("machine", "Machine", None, False),
    ("machine-failure", "Failure", "machine", False),
    ("machine-jam", "Jam", "machine", False),
    ("machine-tool", "Tool worn or broken", "machine", False),
    ("machine-setting", "Setting", "machine", False),
    ("supply", "Supply", None, False),
    ("supply-material", "No material", "supply", False),
    ("supply-previous", "Line before stands", "supply", False),
    ("supply-next", "Line after is full", "supply", False),
    ("supply-energy", "No power, air or water", "supply", False),
    ("quality", "Quality", None, False),
    ("quality-parts", "Bad parts", "quality", False),
    ("quality-check", "Waits for a check", "quality", False),
    ("people", "People", None, False),
    ("people-missing", "Nobody at the line", "people", False),
    ("people-safety", "Safety", "people", False),
    ("planned", "Planned", None, True),
    ("planned-changeover", "Changeover", "planned", True),
    ("planned-maintenance", "Maintenance", "planned", True),
    ("planned-cleaning", "Cleaning", "planned", True),
    ("planned-no-order", "No order", "planned", True),
)
REASONS = Query(
    select(StopReason.slug, StopReason.name, StopReason.parent, StopReason.planned)
    .where(StopReason.plant_id == bindparam("plant"), StopReason.active)
    .order_by(StopReason.position, StopReason.id),
    name="stop-reasons",
    # Changed by hand, a few times a year, and on the page of every line: who changes them fills
    # them. An hour bounds nothing but memory.
    policy=Policy(fresh_for=timedelta(hours=1), near="tracked", strategy="write_through"),
)


class Reason(Struct, frozen=True):
    """A reason; `parent` is the slug of its group."""

    slug: str
    name: str
    parent: str | None
    planned: bool


class Group(Struct, frozen=True):
    """A reason, and those in it that say more."""

    reason: Reason
    closer: list[Reason]


def first_reasons(plant_id: int) -> list[StopReason]:
    """The reasons that a new plant is given."""
    return [
        StopReason(
            plant_id=plant_id,
            slug=slug,
            name=name,
            parent=parent,
            planned=planned,
            position=position,
        )
        for position, (slug, name, parent, planned) in enumerate(_FIRST)
    ]


def reasons(session: Session, plant_id: int, *, ask: Ask = directly) -> list[Group]:
    """What may be said of a stop in the plant, in its order."""
    rows = ask(session, REASONS, plant=plant_id)
    each = [Reason(row.slug, row.name, row.parent, row.planned) for row in rows]
    return [
        Group(group, [one for one in each if one.parent == group.slug])
        for group in each
        if group.parent is None
    ]


def planned_reasons(groups: Sequence[Group]) -> list[Reason]:
    """Those for which a stop may be declared: what is in planned groups, or a group alone."""
    every = [one for group in groups for one in group.closer or [group.reason]]
    return [one for one in every if one.planned]


def find_reason(session: Session, plant_id: int, slug: str, *, planned: bool = False) -> Reason:
    """The reason of that slug; refuses with `NoSuchStopReason`, or `NotPlanned` where it must."""
    for group in reasons(session, plant_id):
        for one in (group.reason, *group.closer):
            if one.slug == slug:
                if planned and not one.planned:
                    raise NotPlanned(one.name)
                return one
    raise NoSuchStopReason(slug)
