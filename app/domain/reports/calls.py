"""How soon somebody came when the cord was pulled, and how soon it was over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Double, String, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.database import Ask
from app.domain.reports.answers import Question
from app.domain.reports.ranges import Range
from app.models import Call, Line, Operator, Plant, Station

MOST_EXPORTED = 100_000

_TIMES = ("came_median", "came_90", "came_worst", "over_median", "over_90", "over_worst")
# Who resolves a call without a word before has come then. A call that waits for longer than its
# type allows is late already, whether or not somebody comes in the end.
TIMES = Question(
    "call-times",
    """
WITH pulled AS (
    SELECT line.slug, line.name, line.position, call.reason, call_type.name AS kind,
           call_type.position AS kind_position, resolved_at IS NULL AS is_open,
           extract(epoch FROM coalesce(acknowledged_at, resolved_at) - raised_at) AS came,
           extract(epoch FROM resolved_at - raised_at) AS over,
           60 * response_minutes AS come_within,
           coalesce(acknowledged_at, resolved_at, statement_timestamp())
               > raised_at + make_interval(mins => response_minutes) AS came_late,
           coalesce(resolved_at, statement_timestamp())
               > raised_at + make_interval(mins => resolve_minutes) AS over_late
    FROM plant JOIN line ON line.plant_id = plant.id JOIN call ON call.line_id = line.id
    LEFT JOIN call_type ON call_type.plant_id = plant.id AND call_type.slug = call.reason
    WHERE plant.slug = :plant AND raised_at >= :since AND raised_at < :until
)
SELECT CASE GROUPING(name, reason) WHEN 3 THEN 'all' WHEN 1 THEN 'line' ELSE 'kind' END AS grouped,
       slug, name, reason, coalesce(max(kind), reason) AS kind,
       count(*) AS calls, count(*) FILTER (WHERE is_open) AS still_open,
       count(*) FILTER (WHERE came_late) AS came_late,
       count(*) FILTER (WHERE over_late) AS over_late,
       CAST(max(come_within) AS double precision) AS come_within,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY came) AS came_median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY came) AS came_90,
       CAST(max(came) AS double precision) AS came_worst,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY over) AS over_median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY over) AS over_90,
       CAST(max(over) AS double precision) AS over_worst,
       statement_timestamp() AS as_of
FROM pulled GROUP BY GROUPING SETS ((slug, name, position), (reason), ())
ORDER BY grouped, position, min(kind_position), reason
""",
    {
        **dict.fromkeys(("grouped", "slug", "name", "reason", "kind"), String()),
        **dict.fromkeys(("calls", "still_open", "came_late", "over_late"), BigInteger()),
        **dict.fromkeys(("come_within", *_TIMES), Double()),
    },
    tags=("plant", "line", "call", "call_type"),
)

_raiser, _acknowledger, _resolver = (
    aliased(Operator, name=name) for name in ("raiser", "acknowledger", "resolver")
)
# Past the cache, and row by row.
EXPORT = (
    select(
        Line.name.label("line"),
        Station.name.label("station"),
        Call.reason,
        Call.raised_at,
        _raiser.name.label("raised_by"),
        Call.acknowledged_at,
        _acknowledger.name.label("acknowledged_by"),
        Call.resolved_at,
        _resolver.name.label("resolved_by"),
    )
    .join(Line, Line.id == Call.line_id)
    .join(Plant, Plant.id == Line.plant_id)
    .join(Station, Station.id == Call.station_id)
    .outerjoin(_raiser, _raiser.id == Call.raised_by)
    .outerjoin(_acknowledger, _acknowledger.id == Call.acknowledged_by)
    .outerjoin(_resolver, _resolver.id == Call.resolved_by)
    .where(
        Plant.slug == bindparam("plant"),
        Call.raised_at >= bindparam("since"),
        Call.raised_at < bindparam("until"),
    )
    .order_by(Call.raised_at, Call.id)
    .limit(MOST_EXPORTED + 1)
)


class CallTimes(NamedTuple):
    """The times of all calls, by line and by kind; without calls only that of all is there."""

    all: Any
    lines: Sequence[Any]
    kinds: Sequence[Any]
    as_of: datetime


def call_times(session: Session, span: Range, *, plant: str, ask: Ask, now: datetime) -> CallTimes:
    """How soon somebody came, and how soon it was over: median, 90th percentile and worst."""
    rows, as_of = TIMES.ask(session, span, plant=plant, ask=ask, now=now)
    by = {name: [row for row in rows if row.grouped == name] for name in ("all", "line", "kind")}
    (all_calls,) = by["all"]
    return CallTimes(all_calls, by["line"], by["kind"], as_of)
