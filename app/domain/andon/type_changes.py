"""Call types are made, changed and ordered: each change on record, with what was before."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.andon.errors import NoSuchType, TypeTaken
from app.domain.andon.types import TYPES
from app.models import LARGEST_ID, By, CallType, change, move, note


def all_types(session: Session, plant_id: int) -> Sequence[CallType]:
    """Those of a plant in its order, the inactive ones among them."""
    return session.scalars(_types(plant_id)).all()


def find_type(session: Session, plant_id: int, number: int, *, locked: bool = False) -> CallType:
    """The type of this number, held until the transaction ends where `locked`; or `NoSuchType`."""
    found = None
    if number <= LARGEST_ID:
        statement = _types(plant_id).where(CallType.id == number)
        found = session.scalar(statement.with_for_update() if locked else statement)
    if found is None:
        raise NoSuchType(number)
    return found


def make_type(
    session: Session, plant_id: int, values: Mapping[str, Any], *, plant: str, by: By
) -> CallType:
    """A type behind the last of the plant; refuses with `TypeTaken`."""
    last = session.scalar(select(func.max(CallType.position)).where(CallType.plant_id == plant_id))
    kind = CallType(plant_id=plant_id, position=(last or 0) + 1, **values)
    TYPES.expect(plant=plant_id)
    try:
        with session.begin_nested():
            session.add(kind)
    except IntegrityError as error:
        raise TypeTaken(kind.slug) from error
    note(session, "made", _subject(plant, kind), by=by, facts=values)
    return kind


def change_type(
    session: Session,
    kind: CallType,
    values: Mapping[str, Any],
    *,
    as_seen: str | None,
    plant: str,
    by: By,
) -> None:
    """Calls that are open keep their urgency; refuses with `ChangedMeanwhile`."""
    TYPES.expect(plant=kind.plant_id)
    change(session, kind, values, subject=_subject(plant, kind), by=by, as_seen=as_seen)


def move_type(session: Session, kind: CallType, *, up: bool, plant: str, by: By) -> None:
    """Let a type, which nobody has locked, change places with the one beside it."""
    TYPES.expect(plant=kind.plant_id)
    rows = session.scalars(_types(kind.plant_id).with_for_update()).all()
    move(session, kind, rows, up=up, subject=_subject(plant, kind), by=by)


def _types(plant_id: int) -> Select[CallType]:
    return (
        select(CallType)
        .where(CallType.plant_id == plant_id)
        .order_by(CallType.position, CallType.id)
        .execution_options(populate_existing=True)
    )


def _subject(plant: str, kind: CallType) -> tuple[str, str]:
    return "call_type", f"{plant}/{kind.slug}"
