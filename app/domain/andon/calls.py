"""Calls: raised once, acknowledged by the first, resolved once."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.andon.errors import (
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
)
from app.models import Call, Line, Operator, Station

REASONS = {
    "material": "Material",
    "quality": "Quality",
    "maintenance": "Maintenance",
    "safety": "Safety",
    "help": "Help",
}

_raiser, _acknowledger, _resolver = (
    aliased(Operator, name=name) for name in ("raiser", "acknowledger", "resolver")
)
MOST_RECENT = 20
RECENT = Query(
    select(
        Call.id,
        Station.name.label("station"),
        Call.reason,
        Call.raised_at,
        _raiser.name.label("raised_by"),
        Call.acknowledged_at,
        _acknowledger.name.label("acknowledged_by"),
        Call.resolved_at,
        _resolver.name.label("resolved_by"),
    )
    .join(Station, Station.id == Call.station_id)
    .outerjoin(_raiser, _raiser.id == Call.raised_by)
    .outerjoin(_acknowledger, _acknowledger.id == Call.acknowledged_by)
    .outerjoin(_resolver, _resolver.id == Call.resolved_by)
    .where(Call.line_id == bindparam("line"))
    .order_by(Call.resolved_at.is_(None).desc(), Call.raised_at.desc())
    .limit(MOST_RECENT),
    # Whatever happens to a call expels its line's answers before the page that did it comes back;
    # an hour bounds nothing but memory.
    name="recent-calls",
    policy=Policy(fresh_for=timedelta(hours=1)),
)


class CallView(Struct, frozen=True):
    """A call with the names of those who had to do with it."""

    id: int
    station: str
    reason: str
    raised_at: datetime
    raised_by: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None


def raise_call(
    session: Session, *, line: str, station: str, reason: str, by: int | None, now: datetime
) -> Call:
    """Open a call; refuses with `NoSuchReason`, `NoSuchStation` or `CallAlreadyOpen`."""
    if reason not in REASONS:
        raise NoSuchReason(reason)
    place = session.scalar(
        select(Station).join(Line).where(Line.slug == line, Station.slug == station)
    )
    if place is None:
        raise NoSuchStation(station)
    call = Call(
        line_id=place.line_id, station_id=place.id, reason=reason, raised_at=now, raised_by=by
    )
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError as error:
        open_id = session.scalar(
            select(Call.id).where(
                Call.station_id == place.id, Call.reason == reason, Call.resolved_at.is_(None)
            )
        )
        raise CallAlreadyOpen(place.name, reason, open_id or 0) from error
    return call


def find_call(session: Session, call_id: int) -> Call:
    """The call, held until the transaction ends so that two people take turns; or `NoSuchCall`."""
    call = session.get(Call, call_id, with_for_update=True)
    if call is None:
        raise NoSuchCall(call_id)
    return call


def acknowledge(session: Session, call_id: int, *, by: int, now: datetime) -> Call:
    """Record who comes; the first stays on record. Refuses with `NoSuchCall`, `CallResolved`."""
    call = find_call(session, call_id)
    if call.resolved_at is not None:
        raise CallResolved(call_id)
    if call.acknowledged_at is None:
        call.acknowledged_at = max(now, call.raised_at)
        call.acknowledged_by = by
    return call


def resolve(session: Session, call_id: int, *, by: int, now: datetime) -> Call:
    """End the call; refuses with `NoSuchCall`, or `CallResolved` when somebody was faster."""
    call = find_call(session, call_id)
    if call.resolved_at is not None:
        raise CallResolved(call_id)
    call.resolved_at = max(now, call.raised_at)
    call.resolved_by = by
    return call


def recent_calls(session: Session, line_id: int, *, ask: Ask = directly) -> list[CallView]:
    """A line's calls: the open ones first, then the newest."""
    return [
        CallView(*(getattr(call, name) for name in CallView.__struct_fields__))
        for call in ask(session, RECENT, line=line_id)
    ]
