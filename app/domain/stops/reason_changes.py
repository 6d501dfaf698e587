"""Reasons of stops are made, changed and ordered: each change on record, with what was before.

An active reason is in an active group: the plant's row is locked while that is settled.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.stops.errors import (
    GroupInUse,
    GroupRetired,
    NameTaken,
    NoReasonNumbered,
    NoSuchStopReason,
    ReasonTaken,
)
from app.domain.stops.reasons import REASONS
from app.models import By, Plant, StopReason, change, move, note


def all_reasons(session: Session, plant_id: int) -> Sequence[StopReason]:
    """Groups and reasons of a plant in their order, the retired ones among them."""
    return session.scalars(_reasons(plant_id)).all()


def numbered(rows: Sequence[StopReason], number: int) -> StopReason:
    """The group or reason of this number among those of a plant; or `NoReasonNumbered`."""
    for row in rows:
        if row.id == number:
            return row
    raise NoReasonNumbered(number)


def make_reason(
    session: Session, plant_id: int, values: Mapping[str, Any], *, plant: str, by: By
) -> StopReason:
    """A group, or a reason in the group `parent`, behind the last of its like.

    Refuses with `ReasonTaken`, `NameTaken`, `GroupRetired`, or `NoSuchStopReason` for a parent
    that is no group.
    """
    rows = _held(session, plant_id)
    reason = StopReason(plant_id=plant_id, active=True, **values)
    _check(reason, rows)
    if any(row.slug == reason.slug for row in rows):
        raise ReasonTaken(reason.slug)
    reason.position = 1 + max((row.position for row in _beside(reason, rows)), default=0)
    session.add(reason)
    note(session, "made", _subject(plant, reason), by=by, facts=values)
    return reason


def change_reason(
    session: Session,
    plant_id: int,
    number: int,
    values: Mapping[str, Any],
    *,
    as_seen: str | None,
    plant: str,
    by: By,
) -> None:
    """What was said of stops stays said, and is told by the new name.

    Refuses with `NoReasonNumbered`, `ChangedMeanwhile`, `NameTaken`, and with `GroupRetired` or
    `GroupInUse` what would leave an active reason in a retired group.
    """
    rows = _held(session, plant_id)
    reason = numbered(rows, number)
    change(session, reason, values, subject=_subject(plant, reason), by=by, as_seen=as_seen)
    _check(reason, rows)
    given = [row.name for row in rows if row.parent == reason.slug and row.active]
    if given and not reason.active:
        raise GroupInUse(given)


def move_reason(
    session: Session, plant_id: int, number: int, *, up: bool, plant: str, by: By
) -> None:
    """Let it change places with the one beside it in its group, or a group with a group.

    Refuses with `NoReasonNumbered`.
    """
    rows = _held(session, plant_id)
    reason = numbered(rows, number)
    move(session, reason, _beside(reason, rows), up=up, subject=_subject(plant, reason), by=by)


def _held(session: Session, plant_id: int) -> Sequence[StopReason]:
    """All of the plant, until the transaction ends; the commit fills what is offered of them."""
    REASONS.expect(plant=plant_id)
    session.execute(select(Plant.id).where(Plant.id == plant_id).with_for_update(key_share=True))
    return all_reasons(session, plant_id)


def _beside(reason: StopReason, rows: Sequence[StopReason]) -> list[StopReason]:
    return [row for row in rows if row.parent == reason.parent]


def _check(reason: StopReason, rows: Sequence[StopReason]) -> None:
    group = _group(reason, rows)
    for row in _beside(reason, rows):
        if row is not reason and row.name.casefold() == reason.name.casefold():
            raise NameTaken(row.name, group=group.name if group else None)
    if reason.active and group is not None and not group.active:
        raise GroupRetired(group.name)


def _group(reason: StopReason, rows: Sequence[StopReason]) -> StopReason | None:
    """The group it is in; None for one that is a group itself."""
    if reason.parent is None:
        return None
    for row in rows:
        if row.slug == reason.parent and row.parent is None:
            return row
    raise NoSuchStopReason(reason.parent)


def _reasons(plant_id: int) -> Select[StopReason]:
    return (
        select(StopReason)
        .where(StopReason.plant_id == plant_id)
        .order_by(StopReason.position, StopReason.id)
        .execution_options(populate_existing=True)
    )


def _subject(plant: str, reason: StopReason) -> tuple[str, str]:
    return "stop_reason", f"{plant}/{reason.slug}"
