"""Tiles: all that the board says about a line."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.cache import Query
from app.database import Ask, directly
from app.domain.board.alerts import OpenAlert, open_alerts
from app.domain.board.plan import KEPT, Planned, layout, planned_at
from app.domain.board.states import PACE_WINDOW, Signals, State, derive, unknown_after
from app.models import Call, CallType, Line, Moment, Operator, Station

# Without a shift there is no target, and pieces are counted over as long as a shift would be.
NO_SHIFT = timedelta(hours=8)

# Written several times a second. One round trip; each lateral rides an index and reads a shift's
# or five minutes' worth of rows.
_SIGNALS = text("""
SELECT asked.line_id, coalesce(status.state, 'unknown') AS state, status.since,
       status.last_reading_at, status.last_output_at,
       made.good, made.scrap, lately.good AS pace
FROM unnest(CAST(:lines AS int[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
     AS asked (line_id, starts_at, ends_at)
LEFT JOIN line_status AS status ON status.line_id = asked.line_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(good), 0) AS good, coalesce(sum(scrap), 0) AS scrap
    FROM output
    WHERE line_id = asked.line_id AND at >= asked.starts_at
      AND at <= :until AND (asked.ends_at IS NULL OR at < asked.ends_at)
) AS made
-- Apart from the shift's count: the pace does not begin anew when a shift does.
CROSS JOIN LATERAL (
    SELECT coalesce(sum(good), 0) AS good FROM output
    WHERE line_id = asked.line_id AND at > :pace_from AND at <= :until
) AS lately
""")

OPEN_CALLS = Query(
    select(
        Call.line_id,
        Call.id,
        Station.name.label("station"),
        Call.reason,
        func.coalesce(CallType.name, Call.reason).label("name"),
        func.coalesce(CallType.colour, "grey").label("colour"),
        func.coalesce(CallType.impact, "none").label("impact"),
        Call.urgency,
        Call.raised_at,
        Call.acknowledged_at,
        Operator.name.label("acknowledged_by"),
        Call.escalation_level,
        Call.escalated_at,
    )
    .join(Line, Line.id == Call.line_id)
    .join(Station, Station.id == Call.station_id)
    .outerjoin(CallType, and_(CallType.plant_id == Line.plant_id, CallType.slug == Call.reason))
    .outerjoin(Operator, Operator.id == Call.acknowledged_by)
    .where(Call.resolved_at.is_(None), Call.line_id.in_(bindparam("lines", expanding=True)))
    .order_by(Call.raised_at),
    # A call that is raised, answered or resolved expels its line's answers before the page that
    # did it comes back; an hour bounds nothing but memory.
    name="open-calls",
    policy=KEPT,
)

_KEEP = text("""
INSERT INTO line_status AS kept (line_id, state, since) VALUES (:line, :state, :since)
ON CONFLICT (line_id) DO UPDATE SET state = excluded.state, since = excluded.since
WHERE kept.state <> excluded.state OR kept.since IS DISTINCT FROM excluded.since
""").execution_options(cache_tags=())  # written all the time: nothing that is kept depends on it


class OpenCall(Struct, frozen=True):
    """A call that nobody has resolved."""

    id: int
    station: str
    reason: str
    name: str
    colour: str
    impact: str
    urgency: str
    raised_at: Moment
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    escalation_level: int
    escalated_at: Moment | None


class Tile(Struct, frozen=True, kw_only=True):
    """One line as the board shows it; `unknown_after` is when it is no longer to be believed.

    `planned_for` is why it is not to work now, whether or not it does.
    """

    line: str
    name: str
    plant: str
    target_per_hour: int
    state: State
    since: Moment | None
    planned_for: str | None
    actual: int
    scrap: int
    target: int | None
    shift_target: int | None
    shift_ends: Moment | None
    last_signal_at: Moment | None
    unknown_after: Moment | None
    open_calls: tuple[OpenCall, ...]
    open_alerts: tuple[OpenAlert, ...]


class Seen(NamedTuple):
    """A line, what is planned for it, and what was heard of it."""

    line: Any
    planned: Planned
    heard: Row[Any]


def tiles(
    session: Session,
    *,
    now: datetime,
    plant: str | None = None,
    line_ids: Collection[int] | None = None,
    ask: Ask = directly,
) -> list[Tile]:
    """The tiles of a plant, of some lines, or of all, in the order they stand on the floor.

    What changes with the plan, calls and alerts are asked by `ask`; what is heard of lines is read
    here.
    """
    seen = _seen(session, now=now, plant=plant, line_ids=line_ids, ask=ask)
    ids = [one.line.id for one in seen]
    calls, alerts = _open_calls(session, ids, ask), open_alerts(session, ids, now=now, ask=ask)
    return [
        _tile(one, calls.get(one.line.id, ()), alerts.get(one.line.id, ()), now) for one in seen
    ]


def judge(session: Session, *, now: datetime, line_ids: Collection[int] | None = None) -> None:
    """Derive each line's state and keep what changed, in the order of the key (see storing)."""
    seen = _seen(session, now=now, plant=None, line_ids=line_ids, ask=directly)
    for one in sorted(seen, key=lambda one: int(one.line.id)):
        state, since = derive(_signals(one), now)
        if (state, since) != (one.heard.state, one.heard.since):
            session.execute(_KEEP, {"line": one.line.id, "state": state, "since": since})


def _seen(
    session: Session,
    *,
    now: datetime,
    plant: str | None,
    line_ids: Collection[int] | None,
    ask: Ask,
) -> list[Seen]:
    lines = layout(session, plant=plant, line_ids=line_ids, ask=ask)
    if not lines:
        return []
    planned = planned_at(session, [line.id for line in lines], now, ask=ask)
    on = [planned[line.id].shift for line in lines]
    rows = session.execute(
        _SIGNALS,
        {
            "lines": [line.id for line in lines],
            "starts": [shift.starts_at if shift else now - NO_SHIFT for shift in on],
            "ends": [shift.ends_at if shift else None for shift in on],
            # A gateway's clock may be a little ahead of ours: its newest pieces count too.
            "until": now + timedelta(minutes=5),
            "pace_from": now - PACE_WINDOW,
        },
    )
    heard = {row.line_id: row for row in rows}
    return [Seen(line, planned[line.id], heard[line.id]) for line in lines]


def _open_calls(
    session: Session, line_ids: Sequence[int], ask: Ask
) -> dict[int, tuple[OpenCall, ...]]:
    calls: dict[int, tuple[OpenCall, ...]] = {}
    if line_ids:
        for call in ask(session, OPEN_CALLS, lines=tuple(sorted(line_ids))):
            facts = (getattr(call, name) for name in OpenCall.__struct_fields__)
            calls[call.line_id] = (*calls.get(call.line_id, ()), OpenCall(*facts))
    return calls


def _signals(one: Seen) -> Signals:
    return Signals(
        state=one.heard.state,
        since=one.heard.since,
        last_reading_at=one.heard.last_reading_at,
        last_output_at=one.heard.last_output_at,
        pace_pieces=one.heard.pace,
        target_per_hour=one.line.target_per_hour,
        rest=one.planned.rest,
    )


def _tile(
    one: Seen, calls: tuple[OpenCall, ...], alerts: tuple[OpenAlert, ...], now: datetime
) -> Tile:
    line, shift, rest = one.line, one.planned.shift, one.planned.rest
    signals = _signals(one)
    # Derived on reading too: a board must not say «running» because a drain died.
    state, since = derive(signals, now)
    return Tile(
        line=line.slug,
        name=line.name,
        plant=line.plant,
        target_per_hour=line.target_per_hour,
        state=state,
        since=since,
        planned_for=rest.name if rest and rest.is_on(now) else None,
        actual=one.heard.good,
        scrap=one.heard.scrap,
        target=shift.due if shift else None,
        shift_target=shift.target if shift else None,
        shift_ends=shift.ends_at if shift else None,
        last_signal_at=signals.last_signal_at,
        unknown_after=unknown_after(signals, now),
        open_calls=calls,
        open_alerts=alerts,
    )
