"""Windows of time, by the clock on the plant's wall."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.leaderboards import Ranking
from app.models import Line, Plant, Shift

BOARDS = ("lines", "operators", "teams")
WINDOWS = ("shift", "day", "week", "all")

# How long a window is counted and kept after its end. The last shift is shown until another begins,
# over a long weekend too; and pieces of a gateway that was cut off for a while come late. What
# comes later still counts for ever, but not in a window nobody sees.
KEPT = timedelta(days=4)

# Every change expels what depends on it; an hour bounds nothing but memory.
_PLAN = Policy(fresh_for=timedelta(hours=1), near="tracked")

ZONE = Query(
    select(Plant.time_zone).where(Plant.id == bindparam("plant")),
    name="time-zone",
    policy=_PLAN,
)
SHIFTS = Query(
    select(Shift.starts_at, Shift.ends_at)
    .join(Line, Line.id == Shift.line_id)
    .where(
        Line.plant_id == bindparam("plant"),
        Shift.ends_at > bindparam("since"),
        Shift.starts_at < bindparam("until"),
    )
    .order_by(Shift.starts_at, Shift.ends_at),
    name="plant-shifts",
    policy=_PLAN,
)


class Window(Struct, frozen=True, kw_only=True):
    """A stretch of time with a name; what has no beginning began with the first piece.

    The names are given in two places: here, and in SQL where pieces are counted.
    """

    kind: str
    key: str
    zone: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def ranking(plant_id: int, board: str, window_key: str) -> Ranking:
    """Where the board of a plant is ranked."""
    return Ranking(f"{plant_id}:{board}", window_key)


def window_at(
    session: Session, plant_id: int, kind: str, now: datetime, *, ask: Ask = directly
) -> Window | None:
    """The plant's window of this kind that `now` is in; of shifts the last, where none is on.

    None where the plant had no shift for days.
    """
    (row,) = ask(session, ZONE, plant=plant_id)
    zone = ZoneInfo(row.time_zone)
    today = now.astimezone(zone).date()
    if kind == "day":
        return _of_days(f"day:{today}", zone, today, days=1)
    if kind == "week":
        monday = today - timedelta(days=today.weekday())
        return _of_days(f"week:{today:%G-W%V}", zone, monday, days=7)
    if kind == "all":
        return Window(kind="all", key="all", zone=zone.key)
    return _shift(_shifts(session, plant_id, now, ask), zone, now)


def _of_days(key: str, zone: ZoneInfo, first: date, *, days: int) -> Window:
    starts, ends = (
        datetime.combine(day, time(), zone).astimezone(UTC)
        for day in (first, first + timedelta(days=days))
    )
    kind = key.partition(":")[0]
    return Window(kind=kind, key=key, zone=zone.key, starts_at=starts, ends_at=ends)


def _shifts(session: Session, plant_id: int, now: datetime, ask: Ask) -> Sequence[Any]:
    # By the hour, so that the same answer serves until the next one.
    hour = now.replace(minute=0, second=0, microsecond=0)
    return ask(session, SHIFTS, plant=plant_id, since=hour - KEPT, until=hour + timedelta(hours=1))


def _shift(shifts: Sequence[Any], zone: ZoneInfo, now: datetime) -> Window | None:
    begun = [shift for shift in shifts if shift.starts_at <= now]
    if not begun:
        return None
    last = begun[-1]
    return Window(
        kind="shift",
        key=f"shift:{last.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        zone=zone.key,
        starts_at=last.starts_at,
        ends_at=last.ends_at,
    )
