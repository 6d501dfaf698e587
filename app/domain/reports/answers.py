"""How old a report may be, and how it is asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import DateTime, bindparam, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.cache import Policy, Query
from app.database import Ask
from app.domain.reports.ranges import Range
from app.models import Line, Plant, Shift

# What is over changes only by what comes late: a gateway that was cut off, or a replayed recording.
# An hour later that is in the report too; until then it says how old it is. A plan or a call that
# is changed expels it at once.
OVER = Policy(fresh_for=timedelta(hours=1), stale_for=timedelta(hours=1), near="validated")
# What goes on is asked for as of a full minute or ten, so the next question is another one: this
# bounds memory.
GOING_ON = Policy(fresh_for=timedelta(minutes=10), near="validated")
# Every change expels what depends on it; an hour bounds nothing but memory.
KEPT = Policy(fresh_for=timedelta(hours=1), near="validated")

MOMENT = DateTime(timezone=True)
_BETWEEN = [bindparam(name, type_=MOMENT) for name in ("since", "until")]

ZONE = Query(
    select(Plant.time_zone).where(Plant.slug == bindparam("plant")),
    name="time-zone-of-reports",
    policy=KEPT,
)
LAST_SHIFT = Query(
    select(Shift.starts_at, Shift.ends_at)
    .join(Line, Line.id == Shift.line_id)
    .join(Plant, Plant.id == Line.plant_id)
    .where(Plant.slug == bindparam("plant"), Shift.starts_at <= bindparam("moment"))
    .order_by(Shift.starts_at.desc(), Shift.ends_at.desc())
    .limit(1),
    name="last-shift",
    policy=KEPT,
)


class Answer(NamedTuple):
    """What a report says, and when the database said it."""

    items: Sequence[Any]
    as_of: datetime


class Question:
    """One statement under two policies: of what is over, and of what goes on.

    It is asked for a plant from `since` until `until`, and gives `as_of` with every row.
    """

    def __init__(
        self,
        name: str,
        statement: str,
        columns: Mapping[str, TypeEngine[Any]],
        *,
        tags: Sequence[str],
    ) -> None:
        asked = text(statement).bindparams(*_BETWEEN).columns(**columns, as_of=MOMENT)
        self._over = Query(asked, name=f"{name}-over", policy=OVER, tags=tags)
        self._going_on = Query(asked, name=f"{name}-going-on", policy=GOING_ON, tags=tags)

    def ask(
        self, session: Session, span: Range, *, plant: str, ask: Ask, now: datetime, **more: object
    ) -> Answer:
        """The rows for this plant and range."""
        query = self._over if span.is_over else self._going_on
        rows = ask(session, query, plant=plant, since=span.since, until=span.until, **more)
        return Answer(rows, rows[0].as_of if rows else now)


def last_shift(
    session: Session, plant: str, *, now: datetime, ask: Ask
) -> tuple[datetime, datetime] | None:
    """When the plant's shift that is on began and ends; the last one where none is."""
    minute = now.replace(second=0, microsecond=0)
    return next(
        (
            (shift.starts_at, shift.ends_at)
            for shift in ask(session, LAST_SHIFT, plant=plant, moment=minute)
        ),
        None,
    )
