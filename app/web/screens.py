"""Screens on walls: an administrator's page of their links."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain import board
from app.domain.accounts import end_screen, make_screen, screens
from app.models import note
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import ask, done_by, parts, screen_keys
from app.web.pages import account_page

log = structlog.get_logger(__name__)

bp = Blueprint("screens", __name__, url_prefix="/screens")

_confirmed_admin = guards.confirmed("admin", back="screens.show")


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        found = screens(session)
        plants = board.plants(session, ask=ask)
    links = {
        screen.id: url_for(
            "tv.show", plant=screen.plant, key=screen_keys().key(screen.id), _external=True
        )
        for screen in found
    }
    return account_page(
        "screens/show.html",
        screens=found,
        links=links,
        homes=plants,
        moment=datetime.now(UTC),
    )


@bp.post("")
@_confirmed_admin
def make() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        screen = make_screen(
            session,
            name=request.form.get("name", ""),
            plant=request.form.get("plant", ""),
            by=current_operator().id,
            now=datetime.now(UTC),
        )
        _note(session, "made", screen.id, name=screen.name, plant=request.form["plant"])
    return _changed(screen.id, "screen.made")


@bp.post("/<int:screen_id>/ending")
@_confirmed_admin
def end(screen_id: int) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        end_screen(session, screen_id, datetime.now(UTC))
        _note(session, "ended", screen_id)
    return _changed(screen_id, "screen.ended")


def _note(session: Session, what: str, screen_id: int, **facts: object) -> None:
    by = done_by(current_operator().id)
    note(session, what, ("screen", str(screen_id)), by=by, facts=facts)


def _changed(screen_id: int, event: str) -> ResponseReturnValue:
    log.info(event, screen=screen_id, by=current_operator().id)
    return redirect(url_for("screens.show", _anchor=f"screen-{screen_id}"), 303)
