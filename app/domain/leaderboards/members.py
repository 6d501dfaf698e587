"""Who is on a board: lines by their slug, people by their number, teams by their name."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.models import Line, Operator

# A change of a name expels its answers. Each page has its own names: they are not worth a place in
# every process.
_KEPT = Policy(fresh_for=timedelta(hours=1))
LINES = Query(
    select(Line.slug.label("member"), Line.name).where(
        Line.slug.in_(bindparam("members", expanding=True))
    ),
    name="ranked-lines",
    policy=_KEPT,
)
PEOPLE = Query(
    select(Operator.id.label("member"), Operator.name, Operator.team).where(
        Operator.id.in_(bindparam("members", expanding=True))
    ),
    name="ranked-people",
    policy=_KEPT,
)


def names(
    session: Session, board: str, members: Iterable[str], *, ask: Ask = directly
) -> Mapping[str, str]:
    """What to call these members of a board; who is not there any more has no name."""
    # In one order, so that the same members are one question.
    wanted = tuple(sorted(set(members)))
    if not wanted or board == "teams":
        return {member: member for member in wanted}
    if board == "lines":
        return {row.member: row.name for row in ask(session, LINES, members=wanted)}
    rows = ask(session, PEOPLE, members=tuple(int(member) for member in wanted))
    return {str(row.member): row.name for row in rows}


def own_member(
    session: Session, board: str, operator_id: int, *, ask: Ask = directly
) -> str | None:
    """As whom a person stands on the board: as oneself, or as one's team; as no line."""
    if board == "operators":
        return str(operator_id)
    if board == "teams":
        people = ask(session, PEOPLE, members=(operator_id,))
        return next((person.team for person in people), None)
    return None
