"""Pages for people who are signed in."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.domain import board
from app.web.guards import current_operator
from app.web.handed import ask, parts
from app.web.headers import live_origin


def page(template: str, *, plants: Sequence[Any], plant: Any, **values: object) -> str:  # noqa: ANN401 (a record)
    """The page, with what the layout needs."""
    return render_template(
        template,
        operator=g.operator,
        live_origin=live_origin(),
        instance=parts().config.instance_id,
        plants=plants,
        plant=plant,
        **values,
    )


def plants_and_chosen(session: Session) -> tuple[Sequence[Any], Any]:
    """All plants, and the one that `?plant=` names: by default one's own; 404 for another name."""
    plants = board.plants(session, ask=ask)
    slug = request.args.get("plant")
    own = current_operator().plant_id
    for plant in plants:
        if plant.slug == slug or (slug is None and plant.id == own):
            return plants, plant
    raise NotFound("There is no such plant.")


def account_page(template: str, **values: object) -> str:
    """A page about people, of no plant."""
    return render_template(
        template, operator=g.operator, instance=parts().config.instance_id, **values
    )


def own_path(target: str) -> str:
    """Where to go on to: a path of ours, never another site; the board where it is none."""
    parted = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    if not ours or not target.isprintable() or parted.scheme or parted.netloc:
        return url_for("board.show")
    return target
