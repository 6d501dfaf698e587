"""When lines stood though they were to work: how long, how often, and which of them most.

A line with a target stands when it makes no good piece for ten minutes of working time, or for
three times its takt if that is longer. Shorter ones cost pace, not time: they are in a line's
performance. What was declared as a planned stop is lost all the same, for that reason.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Double, String, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.database import Ask
from app.domain.reports.answers import MOMENT, Answer, Question
from app.domain.reports.ranges import Range

LONGEST_STOPS = 10
# More than a shift or a day has; of a longer time these cost most.
MOST_LISTED = 300
# A year of thirty lines that stop ten times a day.
MOST_EXPORTED = 100_000

# Stops are gaps between pieces; those that still are have no end. `seconds` is what of one was
# working time in the range.
_STOOD = """
WITH floor AS (
    SELECT line.id, line.plant_id, line.slug, line.name, line.position,
           greatest(interval '10 minutes', 3 * interval '1 hour' / line.target_per_hour) AS least
    FROM plant JOIN line ON line.plant_id = plant.id
    WHERE plant.slug = :plant AND line.target_per_hour > 0
      AND (line.retired_at IS NULL OR line.retired_at > :since)
),
gap AS (
    SELECT floor.*, stop.starts_at, stop.ends_at, true AS is_over
    FROM floor JOIN stop ON stop.line_id = floor.id
    WHERE stop.ends_at > :since AND stop.starts_at < :until
    UNION ALL
    SELECT floor.*, newest.at, :until, false
    FROM floor CROSS JOIN LATERAL (
        SELECT at FROM output WHERE line_id = floor.id AND good > 0 ORDER BY at DESC LIMIT 1
    ) AS newest
    WHERE newest.at < :until
),
stood AS (
    SELECT gap.*, extract(epoch FROM worked.in_range) AS seconds,
           coalesce(said.reason, declared.reason) AS why, said.comment
    FROM gap CROSS JOIN LATERAL (
        -- Stop by stop, by an index: put together by lines alone, a year takes ten times as long.
        -- No shift is longer than two days, so few are looked at.
        SELECT sum(least(gap.ends_at, ends_at) - greatest(gap.starts_at, starts_at)) AS in_all,
               sum(greatest(interval '0', least(gap.ends_at, ends_at, :until)
                                          - greatest(gap.starts_at, starts_at, :since)))
                   AS in_range
        FROM work
        WHERE line_id = gap.id AND ends_at > gap.starts_at AND starts_at < gap.ends_at
          AND starts_at > gap.starts_at - interval '2 days'
    ) AS worked
    LEFT JOIN LATERAL said_of(gap.id, gap.starts_at, gap.ends_at) AS said ON true
    LEFT JOIN LATERAL (
        SELECT reason FROM planned_stop
        WHERE line_id = gap.id AND begins_at < gap.ends_at
          AND begins_at > gap.starts_at - interval '2 days'
          AND (ends_at IS NULL OR ends_at > gap.starts_at)
        ORDER BY begins_at LIMIT 1
    ) AS declared ON true
    WHERE worked.in_all >= gap.least
),
-- A reason that the plant gives no longer, or never did, is told by its slug.
told AS (
    SELECT stood.*, coalesce(parent.name || ': ', '') || coalesce(kind.name, why) AS reason
    FROM stood
    LEFT JOIN stop_reason AS kind ON kind.plant_id = stood.plant_id AND kind.slug = why
    LEFT JOIN stop_reason AS parent
        ON parent.plant_id = kind.plant_id AND parent.slug = kind.parent
)
"""
_TAGS = (
    *("plant", "line", "shift", "shift_break"),
    # A reason that is given is in the next answer, however long the last one was to be kept.
    *("said_reason", "stop_reason", "planned_stop"),
)
SUMS = Question(
    "downtime",
    _STOOD
    + """
SELECT floor.slug, floor.name, told.reason, count(told.id) AS stops,
       CAST(coalesce(sum(told.seconds), 0) AS double precision) AS seconds,
       CAST(coalesce(max(told.seconds), 0) AS double precision) AS longest_seconds,
       statement_timestamp() AS as_of
FROM floor LEFT JOIN told ON told.id = floor.id AND told.seconds > 0
GROUP BY floor.slug, floor.name, floor.position, told.reason
ORDER BY floor.position, told.reason
""",
    {
        "slug": String(),
        "name": String(),
        "reason": String(),
        "stops": BigInteger(),
        "seconds": Double(),
        "longest_seconds": Double(),
    },
    tags=_TAGS,
)
_LISTED = """
SELECT name, reason, starts_at, ends_at, is_over,
       CAST(seconds AS double precision) AS seconds, statement_timestamp() AS as_of
FROM told WHERE seconds > 0
"""
_LISTED_COLUMNS: dict[str, TypeEngine[Any]] = {
    "name": String(),
    "reason": String(),
    "starts_at": MOMENT,
    "ends_at": MOMENT,
    "is_over": Boolean(),
    "seconds": Double(),
}
LONGEST = Question(
    "longest-stops",
    f"{_STOOD}{_LISTED} ORDER BY seconds DESC, starts_at LIMIT {LONGEST_STOPS}",
    _LISTED_COLUMNS,
    tags=_TAGS,
)
STOPS = Question(
    "stops",
    _STOOD
    + f"""
SELECT name, reason, starts_at, ends_at, is_over,
       CAST(seconds AS double precision) AS seconds, slug, why, comment,
       statement_timestamp() AS as_of
FROM told WHERE seconds > 0 AND (CAST(:line AS text) IS NULL OR slug = :line)
ORDER BY seconds DESC, starts_at LIMIT {MOST_LISTED}
""",  # noqa: S608 (of constants)
    {
        **_LISTED_COLUMNS,
        **dict.fromkeys(("slug", "why", "comment"), String()),
    },
    tags=_TAGS,
)
# Past the cache, and row by row: a year has tens of thousands.
EXPORT = text(f"{_STOOD}{_LISTED} ORDER BY starts_at, position LIMIT {MOST_EXPORTED + 1}").columns(
    **_LISTED_COLUMNS
)


class Bar(Struct, frozen=True, kw_only=True):
    """How long and how often one line stood, or lines for one reason.

    `share` is its part of all the time lost, `cumulative` that of it and all that cost more.
    """

    label: str
    stops: int
    seconds: float
    longest_seconds: float
    share: float
    cumulative: float


def downtime(session: Session, span: Range, *, plant: str, ask: Ask, now: datetime) -> Answer:
    """The time that lines lost, by line and reason; a line that lost none is there too."""
    return SUMS.ask(session, span, plant=plant, ask=ask, now=now)


def longest(session: Session, span: Range, *, plant: str, ask: Ask, now: datetime) -> Answer:
    """The longest stops."""
    return LONGEST.ask(session, span, plant=plant, ask=ask, now=now)


def stops(
    session: Session,
    span: Range,
    *,
    plant: str,
    ask: Ask,
    now: datetime,
    line: str | None = None,
) -> Answer:
    """The stops of a plant or of one of its lines, most time first, with what was said of them."""
    return STOPS.ask(session, span, plant=plant, line=line, ask=ask, now=now)


def pareto(rows: Sequence[Any], label: Callable[[Any], str]) -> list[Bar]:
    """What cost most time first, with how much of all is explained down to there."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        if row.stops:
            groups.setdefault(label(row), []).append(row)
    lost = sum(row.seconds for row in rows)
    return list(_cumulated(groups, lost))


def _cumulated(groups: dict[str, list[Any]], lost: float) -> Iterator[Bar]:
    sums = {name: sum(row.seconds for row in group) for name, group in groups.items()}
    reached = 0.0
    for name in sorted(sums, key=lambda name: (-sums[name], name)):
        reached += sums[name]
        yield Bar(
            label=name,
            stops=sum(row.stops for row in groups[name]),
            seconds=sums[name],
            longest_seconds=max(row.longest_seconds for row in groups[name]),
            share=sums[name] / lost,
            cumulative=reached / lost,
        )
