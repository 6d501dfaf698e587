"""Calls: raised once, acknowledged by the first, resolved once."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.andon.errors import (
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
)
from app.models import Call, Line, Station

REASONS = {
    "material": "Material",
    "quality": "Quality",
    "maintenance": "Maintenance",
    "safety": "Safety",
    "help": "Help",
}

_RECENT = text("""
SELECT call.id, station.name, call.reason, call.raised_at, raiser.name, call.acknowledged_at,
       acknowledger.name, call.resolved_at, resolver.name
FROM call
JOIN line ON line.id = call.line_id
JOIN station ON station.id = call.station_id
LEFT JOIN operator AS raiser ON raiser.id = call.raised_by
LEFT JOIN operator AS acknowledger ON acknowledger.id = call.acknowledged_by
LEFT JOIN operator AS resolver ON resolver.id = call.resolved_by
WHERE line.slug = :line
ORDER BY call.resolved_at IS NULL DESC, call.raised_at DESC
LIMIT :most
""")


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


def recent_calls(session: Session, line: str, *, most: int = 20) -> list[CallView]:
    """A line's calls: the open ones first, then the newest."""
    return [CallView(*row) for row in session.execute(_RECENT, {"line": line, "most": most})]
