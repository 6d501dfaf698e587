"""The cord over HTTP: raise, acknowledge, resolve. Forms come by POST, programs by PUT."""

from collections.abc import Callable
from datetime import UTC, datetime

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


@bp.post("/lines/<slug>/calls")
@guards.role("operator")
def raise_call(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        call = andon.raise_call(
            session,
            line=slug,
            station=request.form.get("station", ""),
            reason=request.form.get("reason", ""),
            by=current_operator().id,
            now=now,
        )
        tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
    log.info("andon.raised", call=call.id, by=current_operator().id)
    return _announced(call, tile, 201)


@bp.route("/calls/<int:call_id>/acknowledgement", methods=["POST", "PUT"])
@guards.role("operator")
def acknowledge(call_id: int) -> ResponseReturnValue:
    return _changed(call_id, andon.acknowledge, "andon.acknowledged")


@bp.route("/calls/<int:call_id>/resolution", methods=["POST", "PUT"])
@guards.role("operator")
def resolve(call_id: int) -> ResponseReturnValue:
    return _changed(call_id, andon.resolve, "andon.resolved")


def _changed(call_id: int, change: Callable[..., Call], event: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        call = change(session, call_id, by=current_operator().id, now=now)
        session.flush()
        tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
    log.info(event, call=call.id, by=current_operator().id)
    return _announced(call, tile, 200)


def _announced(call: Call, tile: board.Tile, status: int) -> ResponseReturnValue:
    """Tell the live pages, then answer.

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
    if wants_problem():
        facts = {"id": call.id, "line": tile.line, "reason": call.reason}
        return Response(msgspec.json.encode(facts), status, content_type="application/json")
    return redirect(url_for("lines.show", slug=tile.line) + "#calls", 303)
