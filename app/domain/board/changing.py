"""A line is given another name or target: on record, and with what it was before."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Audit, Line


def change_line(
    session: Session,
    slug: str,
    *,
    changes: dict[str, str | int],
    by: int,
    now: datetime,
    address: str | None = None,
) -> Line | None:
    """Give the line what `changes` names, `name` or `target_per_hour`; None if there is none.

    Two people take turns; what is as it was leaves no trace.
    """
    line = session.scalar(select(Line).where(Line.slug == slug).with_for_update())
    if line is None:
        return None
    facts = {}
    for name, value in changes.items():
        before = getattr(line, name)
        if value != before:
            facts[name] = {"from": before, "to": value}
            setattr(line, name, value)
    if facts:
        session.add(
            Audit(
                at=now,
                actor_id=by,
                address=address,
                action="line.changed",
                subject_kind="line",
                subject_id=slug,
                facts=facts,
            )
        )
    return line
