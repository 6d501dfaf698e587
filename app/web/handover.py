"""The handover: what the shift that ends leaves open to the one that begins."""

from datetime import UTC, datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.domain import andon
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import ask, parts
from app.web.pages import page, plants_and_chosen

bp = Blueprint("handover", __name__, url_prefix="/handover")


@bp.get("")
@guards.signed_in
def show() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        calls = andon.open_calls(session, plant.id, ask=ask)
        trails = andon.trails(session, [call.id for call in calls])
    return page(
        "handover/show.html",
        plants=plants,
        plant=plant,
        calls=calls,
        trails=trails,
        may_take_over=current_operator().may("operator"),
        asked_at=now,
    )
