"""What a line did over time, without a gap: as it was kept, and before that as it can be told."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly

_MOMENT = DateTime(timezone=True)
_SPAN = [bindparam(name, type_=_MOMENT) for name in ("since", "until")]
QUARTER = timedelta(minutes=15)
# As in the reports: what is shorter costs pace, and is no stop.
LEAST = timedelta(minutes=10)

# Written all the time: read from the database, one line and some days at a time.
_KEPT = text("""
SELECT starts_at, state FROM line_state
WHERE line_id = :line AND starts_at < :until AND starts_at >= coalesce(
    (SELECT max(starts_at) FROM line_state WHERE line_id = :line AND starts_at <= :since), :since
) ORDER BY starts_at
""")
_STOPS = text("""
SELECT starts_at, ends_at FROM stop
WHERE line_id = :line AND ends_at > :since AND starts_at < :until
""")
_QUARTERS = text("""
SELECT starts_at FROM output_quarter
WHERE line_id = :line AND starts_at > :since - interval '15 minutes' AND starts_at < :until
  AND good > 0
""")
WORK = Query(
    text("""
        SELECT starts_at, ends_at FROM work
        WHERE line_id = :line AND ends_at > :since AND starts_at < :until
          AND starts_at > :since - interval '2 days'
        ORDER BY starts_at
    """)
    .bindparams(*_SPAN)
    .columns(starts_at=_MOMENT, ends_at=_MOMENT),
    name="work-between",
    # What is planned anew expels it; an hour bounds nothing but memory.
    policy=Policy(fresh_for=timedelta(hours=1)),
    tags=("shift", "shift_break"),
)


class Band(NamedTuple):
    """A line did one thing from then until then."""

    state: str
    since: datetime
    until: datetime

    @property
    def lasts(self) -> timedelta:
        return self.until - self.since


def timeline(
    session: Session,
    line_id: int,
    since: datetime,
    until: datetime,
    *,
    newest: tuple[str, datetime | None] | None = None,
    ask: Ask = directly,
) -> list[Band]:
    """What the line did between these moments, in order and without a gap.

    `newest` is the state that it is in at `until`, and since when, where that is known better.
    """
    span = {"line": line_id, "since": since, "until": until}
    kept = [(row.starts_at, row.state) for row in session.execute(_KEPT, span)]
    if newest is not None and newest[1] is not None:
        kept = [point for point in kept if point[0] < newest[1]]
        kept.append((newest[1], newest[0]))
    begins = min(kept[0][0], until) if kept else until
    told = [
        Band(state, max(at, since), ends)
        for (at, state), (ends, _) in pairwise([*kept, (until, "")])
    ]
    if begins > since:
        told = [*_derived(session, {**span, "until": begins}, ask), *told]
    return list(_joined(told))


def _derived(session: Session, span: dict[str, Any], ask: Ask) -> list[Band]:
    """What the line did when no states were kept, by its pieces and its plan.

    A stretch without pieces that nothing ends on either side is unknown.
    """
    # By the full hour, so that who asks later asks the same.
    hour = span["until"].replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    work = list(_rows(ask(session, WORK, **{**span, "until": hour})))
    gaps = list(_rows(session.execute(_STOPS, span)))
    stops = [gap for gap in gaps if _overlap(work, gap) >= LEAST]
    quarters = [(at, at + QUARTER) for at in session.scalars(_QUARTERS, span)]
    since, until = span["since"], span["until"]
    every = (*work, *gaps, *quarters)
    cuts = {at for ends in every for at in ends if since < at < until}
    told = []
    for start, end in pairwise([since, *sorted(cuts), until]):
        if _is_in(gaps, start):
            stands = "stopped" if _is_in(stops, start) else "running"
            state = stands if _is_in(work, start) else "planned"
        elif _is_in(quarters, start):
            state = "running"
        else:
            state = "unknown" if _is_in(work, start) else "planned"
        told.append(Band(state, start, end))
    return told


def _rows(rows: Iterable[Any]) -> Iterator[tuple[datetime, datetime]]:
    return ((row.starts_at, row.ends_at) for row in rows)


def _overlap(
    work: Sequence[tuple[datetime, datetime]], gap: tuple[datetime, datetime]
) -> timedelta:
    """How much of the gap was working time."""
    parts = (min(until, gap[1]) - max(since, gap[0]) for since, until in work)
    return sum((part for part in parts if part > timedelta()), timedelta())


def _is_in(spans: Sequence[tuple[datetime, datetime]], at: datetime) -> bool:
    return any(since <= at < until for since, until in spans)


def _joined(bands: Sequence[Band]) -> Iterator[Band]:
    """Neighbours of one state as one; what has no length is none."""
    held: Band | None = None
    for band in bands:
        if band.since >= band.until:
            continue
        if held is not None and held.state == band.state:
            held = Band(held.state, held.since, band.until)
            continue
        if held is not None:
            yield held
        held = band
    if held is not None:
        yield held
