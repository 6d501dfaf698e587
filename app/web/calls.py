"""The cord over HTTP: raise, acknowledge, resolve, take over. Forms POST, programs may PUT."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import streams
from app.domain import andon, board
from app.models import Call
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import parts
from app.web.problems import wants_problem

log = structlog.get_logger(__name__)

bp = Blueprint("calls", __name__)

_LONGEST_ADDRESS = 45  # of IPv6, with an IPv4 address at its end


@bp.post("/lines/<slug>/calls")
@guards.role("operator")
def raise_call(slug: str) -> ResponseReturnValue:
    form = request.form
    call, line = pull(
        slug,
        station=form.get("station", ""),
        reason=form.get("reason", ""),
        note=form.get("note", ""),
    )
    return _answer(call, line, 201)


@bp.route("/calls/<int:call_id>/acknowledgement", methods=["POST", "PUT"])
@guards.role("operator")
def acknowledge(call_id: int) -> ResponseReturnValue:
    return _changed(call_id, andon.acknowledge, "andon.acknowledged")


@bp.route("/calls/<int:call_id>/resolution", methods=["POST", "PUT"])
@guards.role("operator")
def resolve(call_id: int) -> ResponseReturnValue:
    return _changed(call_id, andon.resolve, "andon.resolved")


@bp.post("/calls/<int:call_id>/handover")
@guards.role("operator")
def take_over(call_id: int) -> ResponseReturnValue:
    said = _said(request.form.get("note", ""))
    with parts().database.transaction() as session:
        andon.take_over(session, call_id, now=datetime.now(UTC), **said)
    log.info("andon.taken_over", call=call_id, by=current_operator().id)
    back = url_for("handover.show", plant=request.args.get("plant"), _anchor=f"call-{call_id}")
    return redirect(back, 303)


def pull(slug: str, *, station: str, reason: str, note: str) -> tuple[Call, str]:
    """Raise a call as whoever is signed in, and tell the live pages; the call and its line."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        call = andon.raise_call(
            session,
            line=slug,
            station=station,
            reason=reason,
            now=now,
            **_said(note),
        )
        tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
    log.info("andon.raised", call=call.id, by=current_operator().id)
    _announce(call, tile)
    return call, tile.line


def _changed(call_id: int, change: Callable[..., Call], event: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        call = change(session, call_id, now=now, **_said(request.form.get("note", "")))
        session.flush()
        tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
    log.info(event, call=call.id, by=current_operator().id)
    _announce(call, tile)
    return _answer(call, tile.line, 200)


def _said(note: str) -> dict[str, Any]:
    """Who does it, from where, and with what words: what the audit keeps."""
    address = (request.remote_addr or "")[:_LONGEST_ADDRESS]
    return {"by": current_operator().id, "address": address, "note": note}


def _announce(call: Call, tile: board.Tile) -> None:
    """Tell the live pages.

    The call is stored: a cache that is away delays only the live pages, until the drain's next
    round announces the line again.
    """
    try:
        parts().announcer.announce_all(
            (channel, "tile", tile.line, tile)
            for channel in (board.board_channel(tile.plant), board.line_channel(tile.line))
        )
    except streams.PASSING as fault:
        log.warning("andon.not_announced", call=call.id, fault=type(fault).__name__)


def _answer(call: Call, line: str, status: int) -> ResponseReturnValue:
    if wants_problem():
        facts = {"id": call.id, "line": line, "reason": call.reason}
        return Response(msgspec.json.encode(facts), status, content_type="application/json")
    return redirect(url_for("lines.show", slug=line) + "#calls", 303)
