"""What was made, against what was due."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, Double, String
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.database import Ask
from app.domain.reports.answers import MOMENT, Answer, Question
from app.domain.reports.ranges import Range, Slice, slices

Key = TypeVar("Key", bound=Hashable)

# A shift's target is due evenly through its working time: the table `work` has it without breaks.
# That no shift is longer than two days lets an index find the few that matter among a year's.
_DUE = """
    SELECT sum(extract(epoch FROM least(work.ends_at, part.ends_at)
                                  - greatest(work.starts_at, part.starts_at))) AS seconds,
           sum(target * extract(epoch FROM least(work.ends_at, part.ends_at)
                                           - greatest(work.starts_at, part.starts_at))
               / extract(epoch FROM work.ends_at - work.starts_at)) AS target
    FROM work
    WHERE work.line_id = line.id
      AND work.ends_at > part.starts_at AND work.starts_at < part.ends_at
      AND work.starts_at > part.starts_at - interval '2 days'
"""
_TOLD = f"""
SELECT line.slug, line.name, line.target_per_hour, part.starts_at, part.ends_at,
       coalesce(made.good, 0) AS good, coalesce(made.scrap, 0) AS scrap,
       CAST(coalesce(due.seconds, 0) AS double precision) AS planned_seconds,
       -- No shift, or a shift without a target: nothing is due, which is not zero pieces.
       CAST(nullif(due.target, 0) AS double precision) AS target,
       statement_timestamp() AS as_of
FROM plant JOIN line ON line.plant_id = plant.id
CROSS JOIN LATERAL ({{parts}}) AS part
CROSS JOIN LATERAL (
    SELECT CAST(sum(good) AS bigint) AS good, CAST(sum(scrap) AS bigint) AS scrap
    FROM output_quarter
    WHERE line_id = line.id AND starts_at >= part.starts_at AND starts_at < part.ends_at
) AS made
CROSS JOIN LATERAL ({_DUE}) AS due
-- A retired line is in the report of the time in which it worked.
WHERE plant.slug = :plant AND (line.retired_at IS NULL OR line.retired_at > part.starts_at)
ORDER BY part.starts_at, part.ends_at, line.position
"""  # noqa: S608 (of constants)
_PARTS = """
    SELECT * FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
        AS given (starts_at, ends_at)
"""
# Each line by its own shifts; cut where the range is.
_SHIFTS = """
    SELECT greatest(starts_at, :since) AS starts_at, least(ends_at, :until) AS ends_at FROM shift
    WHERE line_id = line.id AND ends_at > :since AND starts_at < :until
"""
_COLUMNS: dict[str, TypeEngine[Any]] = {
    "slug": String(),
    "name": String(),
    "target_per_hour": BigInteger(),
    "starts_at": MOMENT,
    "ends_at": MOMENT,
    "good": BigInteger(),
    "scrap": BigInteger(),
    "planned_seconds": Double(),
    "target": Double(),
}
_TAGS = ("plant", "line", "shift", "shift_break")
BY_SLICE = Question(
    "output-by-slice",
    # The range is said by its slices; cut by it, they are the same.
    _TOLD.format(parts=_PARTS + "WHERE given.ends_at > :since AND given.starts_at < :until"),
    _COLUMNS,
    tags=_TAGS,
)
BY_SHIFT = Question("output-by-shift", _TOLD.format(parts=_SHIFTS), _COLUMNS, tags=_TAGS)


class Made(Struct, frozen=True, kw_only=True):
    """Pieces of one line, or of several, in some time; no `target` where nothing was due."""

    starts_at: datetime
    ends_at: datetime
    good: int
    scrap: int
    target: float | None


def output(
    session: Session, span: Range, by: str, *, plant: str, ask: Ask, now: datetime
) -> Answer:
    """What each line made in each slice of the range, in the order of time and of the floor."""
    if by == "shift":
        return BY_SHIFT.ask(session, span, plant=plant, ask=ask, now=now)
    return in_slices(session, span, slices(span, by), plant=plant, ask=ask, now=now)


def in_slices(
    session: Session, span: Range, parts: Sequence[Slice], *, plant: str, ask: Ask, now: datetime
) -> Answer:
    """The same for slices of one's own."""
    starts, ends = (
        "{" + ",".join(getattr(part, name).isoformat() for part in parts) + "}"
        for name in ("starts_at", "ends_at")
    )
    return BY_SLICE.ask(session, span, plant=plant, ask=ask, now=now, starts=starts, ends=ends)


def together(rows: Sequence[Any], key: Callable[[Any], Key]) -> list[tuple[Key, Made]]:
    """Rows of one key as one, in the order in which the keys are met."""
    groups: dict[Key, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [(name, total(group)) for name, group in groups.items()]


def total(rows: Sequence[Any]) -> Made:
    """All of them as one; there is a target if one of them has one."""
    targets = [row.target for row in rows if row.target is not None]
    return Made(
        starts_at=min(row.starts_at for row in rows),
        ends_at=max(row.ends_at for row in rows),
        good=sum(row.good for row in rows),
        scrap=sum(row.scrap for row in rows),
        target=sum(targets) if targets else None,
    )
