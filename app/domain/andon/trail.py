"""What happened to a call: who did what, when and from where, and with what words."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Audit, By, Operator, note

_KIND = "call"


class Step(Struct, frozen=True):
    """One thing that happened to a call; `who` is None for what happened by itself."""

    at: datetime
    action: str
    who: str | None
    facts: dict[str, Any]


def note_down(
    session: Session,
    action: str,
    call_id: int,
    *,
    by: int | None,
    address: str | None = None,
    at: datetime,
    **facts: object,
) -> None:
    """Add to the audit, in the transaction that does it; facts that say nothing are left out."""
    note(
        session,
        action,
        (_KIND, str(call_id)),
        by=By(by, at, address),
        facts={name: fact for name, fact in facts.items() if fact is not None},
    )


def trails(session: Session, call_ids: Collection[int]) -> dict[int, list[Step]]:
    """Of each call what happened to it, the first first."""
    found: dict[int, list[Step]] = {call_id: [] for call_id in call_ids}
    rows = session.execute(
        select(Audit.subject_id, Audit.at, Audit.action, Operator.name, Audit.facts)
        .outerjoin(Operator, Operator.id == Audit.actor_id)
        .where(Audit.subject_kind == _KIND, Audit.subject_id.in_([str(one) for one in call_ids]))
        .order_by(Audit.at, Audit.id)
    )
    for call_id, at, action, who, facts in rows:
        found[int(call_id)].append(Step(at, action.removeprefix(f"{_KIND}."), who, facts))
    return found
