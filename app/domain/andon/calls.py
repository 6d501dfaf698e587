"""Calls: raised once, acknowledged by the first, resolved once."""

from datetime import datetime
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.andon.errors import (
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
    NoteTooLong,
)
from app.domain.andon.trail import note_down
from app.domain.andon.types import TYPE_OF_CALL
from app.models import LARGEST_ID, LONGEST_NOTE, Call, CallType, Line, Station, one_line


def raise_call(
    session: Session,
    *,
    line: str,
    station: str,
    reason: str,
    by: int | None,
    now: datetime,
    note: str = "",
    address: str | None = None,
) -> Call:
    """Open a call of the type that `reason` names.

    Refuses with `NoSuchStation`, `NoSuchReason`, `NoteTooLong`, or `CallAlreadyOpen`: a station
    has one open call of a type, and a line one critical one. The database settles who was first.
    """
    words = _words(note)
    place = session.execute(
        select(Station.id, Station.line_id, Line.plant_id)
        .join(Line)
        .where(Line.slug == line, Station.slug == station)
        .where(Line.retired_at.is_(None), Station.retired_at.is_(None))
        # Nobody retires them before this call is there to be seen.
        .with_for_update(read=True)
    ).one_or_none()
    if place is None:
        raise NoSuchStation(station)
    call = Call(
        line_id=place.line_id,
        station_id=place.id,
        reason=reason,
        urgency=_urgency(session, place.plant_id, reason),
        raised_at=now,
        raised_by=by,
        raised_note=words,
    )
    while not _add(session, call):
        pass  # what was in the way has been resolved meanwhile
    note_down(session, "raised", call.id, by=by, address=address, at=now, note=words)
    return call


def find_call(session: Session, call_id: int) -> Call:
    """The call, held until the transaction ends so that two people take turns; or `NoSuchCall`."""
    call = None
    if call_id <= LARGEST_ID:
        call = session.get(Call, call_id, with_for_update=True)
    if call is None:
        raise NoSuchCall(call_id)
    return call


def acknowledge(
    session: Session,
    call_id: int,
    *,
    by: int,
    now: datetime,
    note: str = "",
    address: str | None = None,
) -> Call:
    """Record who comes; the first stays on record, and what others say is in the trail.

    Refuses with `NoSuchCall`, `CallResolved`, `NoteTooLong`.
    """
    call, words = _open_call(session, call_id), _words(note)
    if call.acknowledged_at is None:
        call.acknowledged_at = max(now, call.raised_at)
        call.acknowledged_by = by
        call.acknowledged_note = words
    note_down(session, "acknowledged", call_id, by=by, address=address, at=now, note=words)
    return call


def resolve(
    session: Session,
    call_id: int,
    *,
    by: int,
    now: datetime,
    note: str = "",
    address: str | None = None,
) -> Call:
    """End the call; refuses with `NoSuchCall`, `NoteTooLong`, or `CallResolved` to the slower.

    Who puts right what nobody acknowledged has come, and is on record for that too.
    """
    call, words = _open_call(session, call_id), _words(note)
    at = max(now, call.acknowledged_at or call.raised_at)
    if call.acknowledged_at is None:
        call.acknowledged_at, call.acknowledged_by = at, by
    call.resolved_at = at
    call.resolved_by = by
    call.resolved_note = words
    note_down(session, "resolved", call_id, by=by, address=address, at=now, note=words)
    return call


def take_over(
    session: Session,
    call_id: int,
    *,
    by: int,
    now: datetime,
    note: str = "",
    address: str | None = None,
) -> Call:
    """Record that the next shift knows of the call; who acknowledged it stays on record.

    Refuses with `NoSuchCall`, `CallResolved`, `NoteTooLong`.
    """
    call = _open_call(session, call_id)
    note_down(session, "taken_over", call_id, by=by, address=address, at=now, note=_words(note))
    return call


def _open_call(session: Session, call_id: int) -> Call:
    call = find_call(session, call_id)
    if call.resolved_at is not None:
        raise CallResolved(call_id)
    return call


def _words(note: str) -> str | None:
    words = one_line(note)
    if len(words or "") > LONGEST_NOTE:
        raise NoteTooLong(LONGEST_NOTE)
    return words


def _urgency(session: Session, plant_id: int, reason: str) -> str:
    urgency = session.scalar(
        select(CallType.urgency).where(
            CallType.plant_id == plant_id, CallType.slug == reason, CallType.active
        )
    )
    if urgency is None:
        raise NoSuchReason(reason)
    return urgency


def _add(session: Session, call: Call) -> bool:
    """Whether the call is stored; refuses with `CallAlreadyOpen` where another is in the way."""
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        open_call = _in_the_way_of(session, call)
        if open_call is None:
            return False
        what = "critical call" if open_call.urgency == "critical" else "call"
        raise CallAlreadyOpen(
            open_call.line,
            open_call.id,
            why=f"{open_call.name} has {what} {open_call.id} open already: "
            f"{open_call.type} at {open_call.station}",
        ) from error
    return True


def _in_the_way_of(session: Session, call: Call) -> Any:  # noqa: ANN401 (a row)
    same = and_(Call.station_id == call.station_id, Call.reason == call.reason)
    both_critical = and_(Call.urgency == "critical", literal(call.urgency) == "critical")
    return session.execute(
        select(
            Call.id,
            Call.urgency,
            func.coalesce(CallType.name, Call.reason).label("type"),
            Station.name.label("station"),
            Line.slug.label("line"),
            Line.name,
        )
        .join(Station, Station.id == Call.station_id)
        .join(Line, Line.id == Call.line_id)
        .outerjoin(CallType, TYPE_OF_CALL)
        .where(Call.line_id == call.line_id, Call.resolved_at.is_(None), or_(same, both_critical))
        .order_by(Call.raised_at)
    ).first()
