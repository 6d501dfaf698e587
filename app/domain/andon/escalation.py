"""Calls that nobody answers are told to the next role, once however many look."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.andon.trail import note_down
from app.domain.andon.types import TYPE_OF_CALL
from app.models import ESCALATES_TO, Call, CallType, Line


def escalate(session: Session, *, now: datetime) -> list[Call]:
    """Raise each call that has waited too long to the level that is due by now; those it raised.

    A call that somebody else holds at this moment is left to them, or to the next round.
    """
    due_after = func.make_interval(
        0, 0, 0, 0, 0, CallType.escalation_minutes * (Call.escalation_level + 1)
    )
    late = session.execute(
        select(Call, CallType.escalation_minutes)
        .join(Line, Line.id == Call.line_id)
        .join(CallType, TYPE_OF_CALL)
        .where(
            Call.resolved_at.is_(None),
            Call.acknowledged_at.is_(None),
            Call.escalation_level < len(ESCALATES_TO),
            Call.raised_at + due_after <= now,
        )
        # Whoever waited for the row sees it as it is now: a level is reached once.
        .with_for_update(of=Call, skip_locked=True)
    ).all()
    for call, minutes in late:
        # A type without a number is never due, so there is one.
        level = (now - call.raised_at) // timedelta(minutes=minutes or 1)
        call.escalation_level = min(level, len(ESCALATES_TO))
        call.escalated_at = now
        to = ESCALATES_TO[call.escalation_level - 1]
        note_down(session, "escalated", call.id, by=None, at=now, to=to)
    return [call for call, _ in late]
