"""Pages for people who are signed in."""

from collections.abc import Sequence

from flask import g, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.models import Plant
from app.web.guards import current_operator
from app.web.handed import parts
from app.web.headers import live_origin


def page(template: str, *, plants: Sequence[Plant], plant: Plant, **values: object) -> str:
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


def plants_and_chosen(session: Session) -> tuple[Sequence[Plant], Plant]:
    """All plants, and the one that `?plant=` names: by default one's own; 404 for another name."""
    plants = session.scalars(select(Plant).order_by(Plant.name)).all()
    slug = request.args.get("plant")
    own = current_operator().plant_id
    for plant in plants:
        if plant.slug == slug or (slug is None and plant.id == own):
            return plants, plant
    raise NotFound("There is no such plant.")
