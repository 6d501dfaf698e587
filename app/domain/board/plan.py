"""What changes with the plan: plants, lines, when they are to work. Kept until it is changed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import DateTime, and_, bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.board.working import Declared, Rest, Stretch, rest_of
from app.models import Line, PlannedStop, Plant, StopReason, Work

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
_MOMENT = DateTime(timezone=True)
_COLUMNS = (
    *("shift_id", "line_id", "shift_starts_at", "shift_ends_at", "shift_target"),
    *("starts_at", "ends_at", "target"),
)
# The work of the shifts that touch an hour, and on either side of it the nearest there is.
WORK = Query(
    text(f"""
        SELECT {", ".join(_COLUMNS)} FROM line CROSS JOIN LATERAL (
            -- No shift is longer than two days.
            (SELECT * FROM work
             WHERE line_id = line.id AND shift_ends_at > :since AND shift_starts_at < :until
               AND starts_at > :since - interval '2 days'
               AND starts_at < :until + interval '2 days')
            UNION ALL
            (SELECT * FROM work WHERE line_id = line.id AND shift_ends_at <= :since
             ORDER BY starts_at DESC LIMIT 1)
            UNION ALL
            (SELECT * FROM work WHERE line_id = line.id AND shift_starts_at >= :until
             ORDER BY starts_at LIMIT 1)
        ) AS near
        WHERE line.id IN :lines
        ORDER BY line_id, shift_ends_at, shift_starts_at, starts_at
    """)  # noqa: S608 (of constants)
    .bindparams(
        bindparam("lines", expanding=True),
        *(bindparam(name, type_=_MOMENT) for name in ("since", "until")),
    )
    .columns(*(Work.__table__.c[name] for name in _COLUMNS)),
    name="work",
    policy=KEPT,
    tags=("shift", "shift_break"),
)
DECLARED = Query(
    select(
        PlannedStop.line_id,
        PlannedStop.begins_at,
        PlannedStop.ends_at,
        func.coalesce(StopReason.name, PlannedStop.reason).label("name"),
    )
    .join(Line, Line.id == PlannedStop.line_id)
    .outerjoin(
        StopReason,
        and_(StopReason.plant_id == Line.plant_id, StopReason.slug == PlannedStop.reason),
    )
    .where(
        PlannedStop.line_id.in_(bindparam("lines", expanding=True)),
        or_(PlannedStop.ends_at.is_(None), PlannedStop.ends_at > bindparam("since")),
    )
    .order_by(PlannedStop.begins_at),
    name="declared-stops",
    policy=KEPT,
)


class ShiftOn(Struct, frozen=True):
    """The shift that is on, and how many pieces are due by now; without a target, none are."""

    starts_at: datetime
    ends_at: datetime
    target: int | None
    due: int | None


class Planned(Struct, frozen=True):
    """What is planned for a line at a moment: its shift, and the rest that is on or was last."""

    shift: ShiftOn | None
    rest: Rest | None


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


def planned_at(
    session: Session, line_ids: Collection[int], now: datetime, *, ask: Ask
) -> dict[int, Planned]:
    """Of each line what is planned; the shift that is first to end, where two overlap."""
    if not line_ids:
        return {}
    hour = now.replace(minute=0, second=0, microsecond=0)
    lines = tuple(sorted(line_ids))
    work = ask(session, WORK, lines=lines, since=hour, until=hour + SHIFT_HOUR)
    # An hour back: a slow line has three takts for its first piece after a rest.
    declared = ask(session, DECLARED, lines=lines, since=hour - SHIFT_HOUR)
    return {
        line: _planned(
            [row for row in work if row.line_id == line],
            [
                Declared(row.begins_at, row.ends_at, row.name)
                for row in declared
                if row.line_id == line
            ],
            now,
        )
        for line in lines
    }


def _planned(work: Sequence[Any], declared: Sequence[Declared], now: datetime) -> Planned:
    on = next((row for row in work if row.shift_starts_at <= now < row.shift_ends_at), None)
    rest = rest_of(
        [Stretch(row.starts_at, row.ends_at) for row in work],
        [Stretch(row.shift_starts_at, row.shift_ends_at) for row in work],
        declared,
        now,
    )
    if on is None:
        return Planned(None, rest)
    # Nothing to be made is no target, and not a target of nothing.
    due = target = None
    if on.shift_target:
        due = due_by(now, [row for row in work if row.shift_id == on.shift_id])
        target = on.shift_target
    return Planned(ShiftOn(on.shift_starts_at, on.shift_ends_at, target, due), rest)


def due_by(now: datetime, work: Sequence[Any]) -> int:
    """How many pieces of this work are due: each stretch's part grows evenly through it."""
    parts = (
        row.target * min((now - row.starts_at) / (row.ends_at - row.starts_at), 1.0)
        for row in work
        if row.starts_at < now
    )
    # A sum of parts may fall short of a whole piece by its last digits.
    return int(round(sum(parts), 6))
