"""What changes with the plan: plants, lines and their shifts. Kept until somebody changes it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.models import Line, Plant, Shift

# Every change expels what depends on it, so an hour bounds nothing but memory: what nobody asks
# for is gone by then.
# Small, and read by every page: each process has it at hand, and the server tells what changed.
KEPT = Policy(fresh_for=timedelta(hours=1), near="tracked")
# How the plant is laid out is changed by hand, a few times a week, and read by every page of
# everybody: the one who changes it fills it, so that nobody waits, and a hundred pages that come
# back at once ask PostgreSQL nothing. Nothing else writes these tables, so nothing else pays.
LAID_OUT = replace(KEPT, strategy="write_through")
# A shift that ends or begins is no write: shifts are asked for by the hour, and picked by moment.
SHIFT_HOUR = timedelta(hours=1)

PLANTS = Query(
    select(Plant.id, Plant.slug, Plant.name).order_by(Plant.name),
    name="plants",
    policy=LAID_OUT,
)
LINE = Query(
    select(Line.id, Line.slug, Line.plant_id).where(
        Line.slug == bindparam("slug"), Line.retired_at.is_(None)
    ),
    name="line",
    policy=LAID_OUT,
)

_LAYOUT = (
    select(Line.id, Line.slug, Line.name, Line.target_per_hour, Plant.slug.label("plant"))
    .join(Plant, Plant.id == Line.plant_id)
    .where(Line.retired_at.is_(None))
    .order_by(Plant.slug, Line.position)
)
ALL_LINES = Query(_LAYOUT, name="all-lines", policy=LAID_OUT)
LINES_OF_PLANT = Query(
    _LAYOUT.where(Plant.slug == bindparam("plant")),
    name="lines-of-plant",
    policy=LAID_OUT,
)
SOME_LINES = Query(
    _LAYOUT.where(Line.id.in_(bindparam("lines", expanding=True))),
    name="some-lines",
    policy=LAID_OUT,
)
SHIFTS = Query(
    select(Shift.line_id, Shift.starts_at, Shift.ends_at, Shift.target)
    .where(
        Shift.line_id.in_(bindparam("lines", expanding=True)),
        Shift.ends_at > bindparam("since"),
        Shift.starts_at < bindparam("until"),
    )
    .order_by(Shift.ends_at),
    name="shifts",
    policy=KEPT,
)


def plants(session: Session, *, ask: Ask = directly) -> Sequence[Any]:
    """All plants by name: `id`, `slug`, `name`."""
    return ask(session, PLANTS)


def find_line(session: Session, slug: str, *, ask: Ask = directly) -> Any:  # noqa: ANN401 (a record)
    """The line of that name, its `id`, `slug` and `plant_id`; None if there is none."""
    return next(iter(ask(session, LINE, slug=slug)), None)


def layout(
    session: Session, *, plant: str | None, line_ids: Collection[int] | None, ask: Ask
) -> Sequence[Any]:
    """The lines of a plant, or of these some, or all, in the order they stand on the floor."""
    if line_ids is not None:
        # In one order, so that the same lines are one answer.
        some = ask(session, SOME_LINES, lines=tuple(sorted(line_ids))) if line_ids else []
        return [line for line in some if plant in (None, line.plant)]
    if plant is not None:
        return ask(session, LINES_OF_PLANT, plant=plant)
    return ask(session, ALL_LINES)


def shifts_at(
    session: Session, line_ids: Collection[int], now: datetime, *, ask: Ask
) -> dict[int, Any]:
    """Of each line the shift that is on; the first to end, where two overlap."""
    if not line_ids:
        return {}
    hour = now.replace(minute=0, second=0, microsecond=0)
    lines = tuple(sorted(line_ids))
    near = ask(session, SHIFTS, lines=lines, since=hour, until=hour + SHIFT_HOUR)
    on: dict[int, Any] = {}
    for shift in near:
        if shift.starts_at <= now < shift.ends_at:
            on.setdefault(shift.line_id, shift)
    return on
