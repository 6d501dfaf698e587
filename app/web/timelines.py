"""What a line did in its shift, or on a day that was asked for, and its stops of that time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain import andon, board, reports, stops
from app.web.handed import ask

# What is shown of a line without a shift.
LATELY = timedelta(hours=8)


def told(
    session: Session,
    line: Any,  # noqa: ANN401 (a record)
    plant: Any,  # noqa: ANN401 (a record)
    tile: board.Tile,
    *,
    day: str | None,
    now: datetime,
) -> dict[str, object]:
    """The line's timeline and stops, as its page shows them; raises `BadRange` for a bad day."""
    (found,) = ask(session, reports.ZONE, plant=plant.slug)
    zone = ZoneInfo(found.time_zone)
    since, until = _asked(session, line, day, zone=zone, now=now)
    span = reports.between("", since, until, zone=zone, now=now)
    reached = min(until, now)
    listed = reports.stops(session, span, plant=plant.slug, line=line.slug, ask=ask, now=now)
    return {
        "day": day,
        "today": now.astimezone(zone).date(),
        "zone": zone,
        "since": since.astimezone(zone),
        "until": until.astimezone(zone),
        "bands": stops.timeline(
            *(session, line.id, since, reached),
            newest=(tile.state, tile.since) if reached == now else None,
            ask=ask,
        ),
        "calls": andon.calls_between(session, line.id, since, until, ask=ask),
        "stops": with_words(listed.items, stops.said(session, line.id, since, until, ask=ask)),
    }


def with_words(listed: Sequence[Any], said: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Each stop with all that was said of any part of it, the first first."""
    return [
        (
            stop,
            [one for one in said if one.starts_at < stop.ends_at and one.ends_at > stop.starts_at],
        )
        for stop in sorted(listed, key=lambda stop: stop.starts_at, reverse=True)
    ]


def _asked(
    session: Session,
    line: Any,  # noqa: ANN401 (a record)
    day: str | None,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[datetime, datetime]:
    """The day, or the shift that is on, or the hours before now."""
    if day:
        span = reports.by_dates({"from": day, "to": day}, zone=zone, now=now)
        return span.since, reports.midnight(span.first + timedelta(days=1), zone)
    shift = board.planned_at(session, [line.id], now, ask=ask)[line.id].shift
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return (shift.starts_at, shift.ends_at) if shift else (hour - LATELY, hour)
