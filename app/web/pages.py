"""Pages for people who are signed in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.database import PASSING
from app.domain import alerts, andon, board
from app.web.guards import current_operator
from app.web.handed import ask, parts
from app.web.headers import live_origin

log = structlog.get_logger(__name__)


def page(template: str, *, plants: Sequence[Any], plant: Any, **values: object) -> str:  # noqa: ANN401 (a record)
    """The page, with what the layout needs."""
    return render_template(
        template,
        operator=g.operator,
        live_origin=live_origin(),
        instance=parts().config.instance_id,
        plants=plants,
        plant=plant,
        **_alarms(plant.id),
        **values,
    )


def plants_and_chosen(session: Session) -> tuple[Sequence[Any], Any]:
    """All plants, and the one that `?plant=` names: by default one's own; 404 for another name."""
    me, slug = current_operator(), request.args.get("plant")
    plants = [plant for plant in board.plants(session, ask=ask) if me.sees(plant.id)]
    for plant in plants:
        if plant.slug == slug or (slug is None and plant.id == me.plant_id):
            return plants, plant
    raise NotFound("There is no such plant.")


def account_page(template: str, **values: object) -> str:
    """A page about people, of no plant."""
    return render_template(
        template,
        operator=g.operator,
        instance=parts().config.instance_id,
        **_alarms(current_operator().plant_id),
        **values,
    )


def _alarms(plant_id: int) -> dict[str, object]:
    """The plant's open calls and alerts, and as of when; None where they cannot be known.

    A page that needs nothing else of the database is not lost with it.
    """
    calls = beyond = None
    now = datetime.now(UTC)
    try:
        with parts().database.transaction() as session:
            calls = andon.open_calls(session, plant_id, ask=ask)
            beyond = alerts.open_alerts(session, plant_id, now=now, ask=ask)
    except PASSING as fault:
        log.warning("andon.alarms_not_known", fault=type(fault).__name__)
    return {"alarms": calls, "alarms_beyond": beyond, "alarms_at": now}


def own_path(target: str) -> str:
    """Where to go on to: a path of ours, never another site; the board where it is none."""
    parted = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    if not ours or not target.isprintable() or parted.scheme or parted.netloc:
        return url_for("board.show")
    return target
