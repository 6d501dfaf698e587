"""Alerts of sensors over HTTP: acknowledged by a form's POST, or a program's PUT."""

from datetime import UTC, datetime

import msgspec
import structlog
from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain import alerts, board
from app.web import guards
from app.web.announcing import announce
from app.web.guards import current_operator
from app.web.handed import client_address, parts
from app.web.problems import wants_problem

log = structlog.get_logger(__name__)

bp = Blueprint("alerts", __name__)


@bp.route("/alerts/<int:alert_id>/acknowledgement", methods=["POST", "PUT"])
@guards.role("operator")
def acknowledge(alert_id: int) -> ResponseReturnValue:
    now, by = datetime.now(UTC), current_operator().id
    with parts().database.transaction() as session:
        alert = alerts.acknowledge(session, alert_id, by=by, now=now, address=client_address())
        session.flush()
        (tile,) = board.tiles(session, now=now, line_ids=[alert.line_id])
    log.info("alerts.acknowledged", alert=alert_id, by=by)
    announce(tile)
    if wants_problem():
        facts = {"id": alert_id, "line": tile.line, "acknowledged_at": alert.acknowledged_at}
        return Response(msgspec.json.encode(facts), content_type="application/json")
    return redirect(url_for("lines.show", slug=tile.line, _anchor="alerts"), 303)
