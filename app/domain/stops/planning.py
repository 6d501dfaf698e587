"""Planned stops: somebody declares that a line is not to work, and ends that again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.stops.errors import AlreadyPlanned, NothingPlanned
from app.domain.stops.reasons import find_reason
from app.models import Audit, Line, Operator, PlannedStop, StopReason

OPEN = Query(
    select(
        func.coalesce(StopReason.name, PlannedStop.reason).label("name"),
        PlannedStop.begins_at,
        Operator.name.label("begun_by"),
    )
    .join(Line, Line.id == PlannedStop.line_id)
    .outerjoin(
        StopReason,
        and_(StopReason.plant_id == Line.plant_id, StopReason.slug == PlannedStop.reason),
    )
    .outerjoin(Operator, Operator.id == PlannedStop.begun_by)
    .where(PlannedStop.line_id == bindparam("line"), PlannedStop.ends_at.is_(None)),
    name="open-planned-stop",
    # Who declares or ends one expels it; an hour bounds nothing but memory.
    policy=Policy(fresh_for=timedelta(hours=1)),
)


def declare(
    session: Session,
    line: Any,  # noqa: ANN401 (a record)
    *,
    reason: str,
    by: int,
    now: datetime,
    address: str | None = None,
) -> None:
    """The line is not to work from now on.

    Refuses with `NoSuchStopReason`, `NotPlanned`, or `AlreadyPlanned`: the database settles who
    was first.
    """
    slug = find_reason(session, line.plant_id, reason, planned=True).slug
    try:
        with session.begin_nested():
            session.add(PlannedStop(line_id=line.id, reason=slug, begins_at=now, begun_by=by))
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise AlreadyPlanned from error
    _note(session, "stop.planned", line.slug, by=by, at=now, address=address, reason=slug)


def end(
    session: Session,
    line: Any,  # noqa: ANN401 (a record)
    *,
    by: int,
    now: datetime,
    address: str | None = None,
) -> None:
    """The line is to work again; refuses with `NothingPlanned`, the slower of two too."""
    stop = session.scalar(
        select(PlannedStop)
        .where(PlannedStop.line_id == line.id, PlannedStop.ends_at.is_(None))
        .with_for_update()
    )
    if stop is None:
        raise NothingPlanned
    stop.ends_at, stop.ended_by = max(now, stop.begins_at), by
    _note(*(session, "stop.resumed", line.slug), by=by, at=now, address=address, reason=stop.reason)


def open_stop(session: Session, line_id: int, *, ask: Ask = directly) -> Any:  # noqa: ANN401 (a record)
    """The planned stop that goes on: its `name`, `begins_at` and `begun_by`; None if none does."""
    found: Sequence[Any] = ask(session, OPEN, line=line_id)
    return next(iter(found), None)


def _note(
    session: Session,
    action: str,
    line: str,
    *,
    by: int,
    at: datetime,
    address: str | None,
    reason: str,
) -> None:
    session.add(
        Audit(
            at=at,
            actor_id=by,
            address=address,
            action=action,
            subject_kind="line",
            subject_id=line,
            facts={"reason": reason},
        )
    )
