"""Rows that people change: on record, with what was before, and refused to who saw older values."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Protocol

from sqlalchemy.orm import Session

from app.models.audit import Audit


class By(NamedTuple):
    """Who does something, when and from where; nobody, where it is done in a shell."""

    operator_id: int | None
    at: datetime
    address: str | None = None


class Changeable(Protocol):
    """A row with columns that people may change."""

    changeable: ClassVar[tuple[str, ...]]


class ChangedMeanwhile(Exception):
    """Somebody changed the row since it was shown; `stored` is what it holds now."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__("somebody changed this meanwhile")
        self.stored = stored


def seen(row: Changeable) -> str:
    """What the row says now, in a few letters: a form carries them until it comes back."""
    values = [getattr(row, name) for name in row.changeable]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def change(
    session: Session,
    row: Changeable,
    values: Mapping[str, Any],
    *,
    subject: tuple[str, str],
    by: By,
    as_seen: str | None = None,
) -> bool:
    """Give the row, which is locked, these values; whether any of them is another one.

    Refuses with `ChangedMeanwhile` where the row does not say what it said `as_seen`.
    """
    stored = {name: getattr(row, name) for name in row.changeable}
    if as_seen is not None and as_seen != seen(row):
        raise ChangedMeanwhile(stored)
    facts = {}
    for name, value in values.items():
        if stored[name] != value:
            facts[name] = {"from": _plain(stored[name]), "to": _plain(value)}
            setattr(row, name, value)
    if facts:
        note(session, "changed", subject, by=by, facts=facts)
    return bool(facts)


class Placed(Changeable, Protocol):
    """A row with a place among its like."""

    slug: Any
    position: Any


def move(
    session: Session,
    row: Placed,
    among: Sequence[Placed],
    *,
    up: bool,
    subject: tuple[str, str],
    by: By,
) -> None:
    """Let the row change places with the one before it, or behind it; at the end it stays.

    All of them are locked, and counted anew: two people who move at once leave an order.
    """
    rows = list(among)
    if row not in rows:
        return
    here = rows.index(row)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    other = rows[there]
    rows[here], rows[there] = other, row
    for position, each in enumerate(rows, start=1):
        each.position = position
    note(session, "moved", subject, by=by, facts={"before" if up else "behind": other.slug})


def note(
    session: Session,
    what: str,
    subject: tuple[str, str],
    *,
    by: By,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Add to the audit, in the transaction that does it; `subject` is a kind and which of it."""
    kind, name = subject
    session.add(
        Audit(
            at=by.at,
            actor_id=by.operator_id,
            address=by.address,
            action=f"{kind}.{what}",
            subject_kind=kind,
            subject_id=name,
            facts={key: _plain(fact) for key, fact in (facts or {}).items()},
        )
    )


def _plain(value: object) -> object:
    """As JSON knows it; a time of day or a moment as it is read."""
    return value if isinstance(value, str | int | float | list | dict | None) else str(value)
