"""The cord over HTTP: raise, acknowledge, resolve, take over. Forms POST, programs may PUT."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain import andon, board
from app.models import Call
from app.web import guards
from app.web.announcing import announce
from app.web.guards import current_operator
from app.web.handed import client_address, parts
from app.web.problems import wants_problem

log = structlog.get_logger(__name__)

bp = Blueprint("calls", __name__)


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
    announce(tile)
    return call, tile.line


def _changed(call_id: int, change: Callable[..., Call], event: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        call = change(session, call_id, now=now, **_said(request.form.get("note", "")))
        session.flush()
        tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
    log.info(event, call=call.id, by=current_operator().id)
    announce(tile)
    return _answer(call, tile.line, 200)


def _said(note: str) -> dict[str, Any]:
    """Who does it, from where, and with what words: what the audit keeps."""
    return {"by": current_operator().id, "address": client_address(), "note": note}


def _answer(call: Call, line: str, status: int) -> ResponseReturnValue:
    if wants_problem():
        facts = {"id": call.id, "line": line, "reason": call.reason}
        return Response(msgspec.json.encode(facts), status, content_type="application/json")
    return redirect(url_for("lines.show", slug=line) + "#calls", 303)
