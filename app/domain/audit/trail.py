"""Reading the audit: the newest first, page by page, or all that is sought row by row."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from app.models import Audit, Operator

PAGE = 50
# So many rows at a time come from the database.
_FETCHED = 1_000


class Sought(NamedTuple):
    """What is looked for: all of it holds; what is None may be anything."""

    since: datetime | None = None
    until: datetime | None = None
    operator_id: int | None = None
    action: str | None = None
    subject: str | None = None


class Entry(NamedTuple):
    """One thing that was done; `who` is None for what happened by itself, or in a shell."""

    at: datetime
    id: int
    who: str | None
    username: str | None
    address: str | None
    action: str
    subject_kind: str
    subject_id: str
    facts: dict[str, Any]


def entries(
    session: Session, sought: Sought, *, before: tuple[datetime, int] | None = None
) -> tuple[list[Entry], bool]:
    """The newest `PAGE`, older than the entry `before`; and whether there are more."""
    statement = _statement(sought).limit(PAGE + 1)
    if before is not None:
        # By key: a page deep in the past costs no more than the first, and none is shown twice.
        statement = statement.where(tuple_(Audit.at, Audit.id) < before)
    found = [Entry(*row) for row in session.execute(statement)]
    return found[:PAGE], len(found) > PAGE


def every(session: Session, sought: Sought) -> Iterator[Entry]:
    """All of them, as the database gives them."""
    rows = session.execute(_statement(sought), execution_options={"yield_per": _FETCHED})
    return (Entry(*row) for row in rows)


def actors(session: Session) -> Sequence[Any]:
    """Everybody who may be an actor, by name."""
    return session.execute(select(Operator.id, Operator.name).order_by(Operator.name)).all()


def _statement(sought: Sought) -> Select[*tuple[Any, ...]]:
    statement = select(
        Audit.at,
        Audit.id,
        Operator.name,
        Operator.username,
        Audit.address,
        Audit.action,
        Audit.subject_kind,
        Audit.subject_id,
        Audit.facts,
    ).outerjoin(Operator, Operator.id == Audit.actor_id)
    if sought.since is not None:
        statement = statement.where(Audit.at >= sought.since)
    if sought.until is not None:
        statement = statement.where(Audit.at < sought.until)
    if sought.operator_id is not None:
        statement = statement.where(Audit.actor_id == sought.operator_id)
    if sought.action is not None:
        statement = statement.where(Audit.action.startswith(sought.action, autoescape=True))
    if sought.subject is not None:
        statement = statement.where(Audit.subject_id == sought.subject)
    return statement.order_by(Audit.at.desc(), Audit.id.desc())
