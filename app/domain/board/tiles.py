"""Tiles: all that the board says about a line, from one query."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.board.states import PACE_WINDOW, UNKNOWN_AFTER, Signals, derive

# Without a shift there is no target, and pieces are counted over as long as a shift would be.
NO_SHIFT = timedelta(hours=8)

# One round trip; each lateral rides an index and reads a shift's or five minutes' worth of rows.
_LINES = text("""
SELECT line.id, line.slug, line.name, line.target_per_hour, plant.slug AS plant,
       coalesce(status.state, 'unknown') AS state, status.since,
       status.last_reading_at, status.last_output_at,
       shift.starts_at, shift.ends_at, shift.target AS shift_target,
       made.good, made.scrap, lately.good AS pace
FROM line
JOIN plant ON plant.id = line.plant_id
LEFT JOIN line_status AS status ON status.line_id = line.id
LEFT JOIN LATERAL (
    SELECT starts_at, ends_at, target FROM shift
    WHERE line_id = line.id AND ends_at > :now AND starts_at <= :now
    ORDER BY ends_at LIMIT 1
) AS shift ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(good), 0) AS good, coalesce(sum(scrap), 0) AS scrap
    FROM output
    WHERE line_id = line.id AND at >= coalesce(shift.starts_at, :no_shift_from)
      AND at <= :until AND (shift.ends_at IS NULL OR at < shift.ends_at)
) AS made
-- Apart from the shift's count: the pace does not begin anew when a shift does.
CROSS JOIN LATERAL (
    SELECT coalesce(sum(good), 0) AS good FROM output
    WHERE line_id = line.id AND at > :pace_from AND at <= :until
) AS lately
WHERE (CAST(:plant AS text) IS NULL OR plant.slug = :plant)
  AND (CAST(:lines AS int[]) IS NULL OR line.id = ANY(:lines))
ORDER BY plant.slug, line.position
""")

_CALLS = text("""
SELECT call.line_id, call.id, station.name AS station, call.reason, call.raised_at,
       call.acknowledged_at, operator.name AS acknowledged_by
FROM call
JOIN station ON station.id = call.station_id
LEFT JOIN operator ON operator.id = call.acknowledged_by
WHERE call.resolved_at IS NULL AND call.line_id = ANY(:lines)
ORDER BY call.raised_at
""")

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
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class Tile(Struct, frozen=True, kw_only=True):
    """One line as the board shows it; `unknown_after` is when it is no longer to be believed."""

    line: str
    name: str
    plant: str
    state: str
    since: datetime | None
    actual: int
    scrap: int
    target: int | None
    shift_target: int | None
    shift_ends: datetime | None
    last_signal_at: datetime | None
    unknown_after: datetime | None
    open_calls: tuple[OpenCall, ...]


def tiles(
    session: Session,
    *,
    now: datetime,
    plant: str | None = None,
    line_ids: Collection[int] | None = None,
) -> list[Tile]:
    """The tiles of a plant, of some lines, or of all, in the order they stand on the floor."""
    rows = _rows(session, now=now, plant=plant, line_ids=line_ids)
    calls = _open_calls(session, [row.id for row in rows])
    return [_tile(row, calls.get(row.id, ()), now) for row in rows]


def judge(session: Session, *, now: datetime, line_ids: Collection[int] | None = None) -> None:
    """Derive each line's state and keep what changed, in the order of the key (see storing)."""
    for row in sorted(_rows(session, now=now, line_ids=line_ids), key=lambda row: row.id):
        state, since = derive(_signals(row), now)
        if (state, since) != (row.state, row.since):
            session.execute(_KEEP, {"line": row.id, "state": state, "since": since})


def _rows(
    session: Session,
    *,
    now: datetime,
    plant: str | None = None,
    line_ids: Collection[int] | None = None,
) -> Sequence[Row[Any]]:
    return session.execute(
        _LINES,
        {
            "now": now,
            # A gateway's clock may be a little ahead of ours: its newest pieces count too.
            "until": now + timedelta(minutes=5),
            "pace_from": now - PACE_WINDOW,
            "no_shift_from": now - NO_SHIFT,
            "plant": plant,
            "lines": None if line_ids is None else list(line_ids),
        },
    ).all()


def _open_calls(session: Session, line_ids: Sequence[int]) -> dict[int, tuple[OpenCall, ...]]:
    calls: dict[int, tuple[OpenCall, ...]] = {}
    for line_id, *call in session.execute(_CALLS, {"lines": list(line_ids)}):
        calls[line_id] = (*calls.get(line_id, ()), OpenCall(*call))
    return calls


def _signals(row: Row[Any]) -> Signals:
    return Signals(
        state=row.state,
        since=row.since,
        last_reading_at=row.last_reading_at,
        last_output_at=row.last_output_at,
        pace_pieces=row.pace,
        target_per_hour=row.target_per_hour,
    )


def _tile(row: Row[Any], calls: tuple[OpenCall, ...], now: datetime) -> Tile:
    signals = _signals(row)
    # Derived on reading too: a board must not say «running» because a drain died.
    state, since = derive(signals, now)
    heard = signals.last_signal_at
    target = None
    if row.shift_target is not None:
        worked = (now - row.starts_at) / (row.ends_at - row.starts_at)
        target = int(row.shift_target * worked)
    return Tile(
        line=row.slug,
        name=row.name,
        plant=row.plant,
        state=state,
        since=since,
        actual=row.good,
        scrap=row.scrap,
        target=target,
        shift_target=row.shift_target,
        shift_ends=row.ends_at,
        last_signal_at=heard,
        unknown_after=heard + UNKNOWN_AFTER if heard else None,
        open_calls=calls,
    )
