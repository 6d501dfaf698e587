"""Why lines stood, and planned stops: what people say of them, and the stops nobody spoke of."""

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain import board, reports, stops
from app.models import LONGEST_COMMENT
from app.web import guards
from app.web.announcing import announce
from app.web.asked import asked_of
from app.web.guards import current_operator
from app.web.handed import ask, client_address, parts
from app.web.labels import titled
from app.web.lines import find_line
from app.web.pages import own_path, page

log = structlog.get_logger(__name__)

bp = Blueprint("stops", __name__)

RANGES = {"shift": "Shift", "today": "Today", "yesterday": "Yesterday", "week": "7 days"}


@bp.get("/stops")
@guards.signed_in
def show() -> ResponseReturnValue:
    """The stops that nobody gave a reason for, those that cost most first."""
    now = datetime.now(UTC)
    span, refusal, listed = None, None, []
    with parts().database.transaction() as session:
        asked = asked_of(session, now)
        try:
            span = asked.span()
            listed = list(reports.stops(span=span, **asked.terms).items)
        except reports.ReportsError as error:
            refusal = str(error)
        groups = stops.reasons(session, asked.plant.id, ask=ask)
    unsaid = [stop for stop in listed if stop.why is None]
    shown = page(
        "stops/show.html",
        plants=asked.plants,
        plant=asked.plant,
        plant_page="stops.show",
        ranges=[(key, words, asked.link("stops.show", range=key)) for key, words in RANGES.items()],
        span=span,
        title=titled(span) if span else "",
        refusal=refusal,
        unsaid=unsaid,
        said=len(listed) - len(unsaid),
        most=reports.MOST_LISTED,
        groups=groups,
        may_say=current_operator().may("operator"),
        longest=LONGEST_COMMENT,
        here=request.full_path,
        zone=asked.zone,
    )
    return shown, 422 if refusal else 200


@bp.post("/lines/<slug>/stops/<starts_at>/reason")
@guards.role("operator")
def give_reason(slug: str, starts_at: str) -> ResponseReturnValue:
    form = request.form
    say(slug, starts_at, reason=form.get("reason", ""), comment=form.get("comment", ""))
    return redirect(own_path(form.get("back", "")), 303)


@bp.post("/lines/<slug>/planned-stop")
@guards.role("supervisor")
def declare(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        stops.declare(session, line, reason=request.form.get("reason", ""), now=now, **_who())
        tile = _tile(session, line, now)
    return _told("stops.planned", tile)


@bp.post("/lines/<slug>/planned-stop/ending")
@guards.role("supervisor")
def end_planned(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        stops.end(session, line, now=now, **_who())
        tile = _tile(session, line, now)
    return _told("stops.resumed", tile)


def say(slug: str, starts_at: str, *, reason: str, comment: str) -> datetime:
    """Give a stop its reason, as whoever is signed in; when it began."""
    at = moment(starts_at)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        stops.give_reason(
            session,
            line,
            at,
            reason=reason,
            comment=comment,
            now=datetime.now(UTC),
            **_who(),
        )
    log.info("stops.reasoned", line=slug, starts_at=at.isoformat(), by=current_operator().id)
    return at


def moment(text: str) -> datetime:
    """When a stop began, as its address says it; no stop began at what is no moment."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise stops.NoSuchStop from None
    if read.tzinfo is None:
        raise stops.NoSuchStop
    return read


def _who() -> dict[str, Any]:
    return {"by": current_operator().id, "address": client_address()}


def _tile(session: Session, line: Any, now: datetime) -> board.Tile:  # noqa: ANN401 (a record)
    session.flush()
    return board.tiles(session, now=now, line_ids=[line.id])[0]


def _told(event: str, tile: board.Tile) -> ResponseReturnValue:
    log.info(event, line=tile.line, by=current_operator().id)
    announce(tile)
    return redirect(url_for("lines.show", slug=tile.line, _anchor="planned"), 303)
