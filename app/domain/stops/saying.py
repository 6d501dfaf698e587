"""Why a line stood, as somebody says: at once or later, and differently when they know better."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select, text
from sqlalchemy.orm import Session, aliased

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.stops.errors import CommentTooLong, NoSuchStop
from app.domain.stops.reasons import find_reason
from app.models import (
    LONGEST_COMMENT,
    By,
    Line,
    Operator,
    SaidReason,
    StopReason,
    note,
    one_line,
)

# A stop that is over, or the one that goes on: since the newest good piece.
_ENDS = text("""
SELECT ends_at FROM stop WHERE line_id = :line AND starts_at = :starts_at
UNION ALL
SELECT CAST(:now AS timestamptz) FROM (
    SELECT at FROM output WHERE line_id = :line AND good > 0 ORDER BY at DESC LIMIT 1
) AS newest WHERE at = :starts_at AND at < :now
LIMIT 1
""")
_SAID = text("SELECT reason, comment FROM said_of(:line, :starts_at, :ends_at)")
_PLANNED = text("""
SELECT reason FROM planned_stop
WHERE line_id = :line AND begins_at < :ends_at AND (ends_at IS NULL OR ends_at > :starts_at)
""")
# What begins earlier is of another stop, as in `said_of`.
_EARLIER = timedelta(days=2)
_kind, _group = (aliased(StopReason, name=name) for name in ("kind", "group_of_kind"))
SAID = Query(
    select(
        SaidReason.starts_at,
        SaidReason.ends_at,
        func.concat(_group.name + ": ", func.coalesce(_kind.name, SaidReason.reason)).label(
            "reason"
        ),
        SaidReason.comment,
        SaidReason.said_at,
        Operator.name.label("said_by"),
    )
    .join(Line, Line.id == SaidReason.line_id)
    .outerjoin(_kind, and_(_kind.plant_id == Line.plant_id, _kind.slug == SaidReason.reason))
    .outerjoin(_group, and_(_group.plant_id == _kind.plant_id, _group.slug == _kind.parent))
    .outerjoin(Operator, Operator.id == SaidReason.said_by)
    .where(
        SaidReason.line_id == bindparam("line"),
        SaidReason.starts_at > bindparam("earliest"),
        SaidReason.starts_at < bindparam("until"),
        SaidReason.ends_at > bindparam("since"),
    )
    .order_by(SaidReason.id),
    name="said-reasons",
    # Whatever is said expels it; an hour bounds nothing but memory.
    policy=Policy(fresh_for=timedelta(hours=1)),
)


def give_reason(
    session: Session,
    line: Any,  # noqa: ANN401 (a record)
    starts_at: datetime,
    *,
    reason: str,
    comment: str = "",
    by: int,
    now: datetime,
    address: str | None = None,
) -> None:
    """Say why the line stood from that moment on; the audit keeps what was said before.

    No reason takes back what was said; one that the stop has stays though it is retired. Refuses
    with `NoSuchStop`, `NoSuchStopReason` or `CommentTooLong`; what is as it was leaves no trace.
    """
    after = {"reason": reason or None, "comment": _words(comment)}
    stop = _stop(session, line.id, starts_at, now)
    last = session.execute(_SAID, stop).one_or_none()
    before = {"reason": last.reason, "comment": last.comment} if last else {}
    if reason and reason not in {before.get("reason"), *session.scalars(_PLANNED, stop)}:
        find_reason(session, line.plant_id, reason)
    if after == (before or dict.fromkeys(after)):
        return
    stretch = {"starts_at": starts_at, "ends_at": stop["ends_at"]}
    session.add(SaidReason(line_id=line.id, said_at=now, said_by=by, **stretch, **after))
    note(
        session,
        "reasoned",
        ("stop", f"{line.slug} {starts_at.isoformat()}"),
        by=By(by, now, address),
        facts={"from": before, "to": after},
    )


def _stop(session: Session, line_id: int, starts_at: datetime, now: datetime) -> dict[str, Any]:
    """The stop that began then, up to now if it goes on; refuses with `NoSuchStop`."""
    stop = {"line": line_id, "starts_at": starts_at}
    ends_at = session.scalar(_ENDS, {**stop, "now": now})
    if ends_at is None:
        raise NoSuchStop
    return {**stop, "ends_at": ends_at}


def said(
    session: Session, line_id: int, since: datetime, until: datetime, *, ask: Ask = directly
) -> Sequence[Any]:
    """All that was said of this time of a line, the first first."""
    earliest = since - _EARLIER
    return ask(session, SAID, line=line_id, earliest=earliest, since=since, until=until)


def _words(comment: str) -> str | None:
    words = one_line(comment)
    if len(words or "") > LONGEST_COMMENT:
        raise CommentTooLong(LONGEST_COMMENT)
    return words
