"""Plants: an administrator's pages of them, and of the lines of each."""

import structlog
from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain import andon, board, plants, shifts, stops, telemetry
from app.models import ChangedMeanwhile
from app.web import guards
from app.web.announcing import announce_lines
from app.web.forms import Sheet
from app.web.guards import current_operator
from app.web.handed import done_by, parts
from app.web.pages import account_page
from app.web.plant_forms import ZONES, NewLineForm, NewPlantForm, PlantForm

log = structlog.get_logger(__name__)

bp = Blueprint("plants", __name__, url_prefix="/plants")


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    return _all(NewPlantForm())


@bp.post("")
@guards.role("admin")
def make() -> ResponseReturnValue:
    """A plant with its first call types and reasons of stops."""
    form = NewPlantForm()
    if form.validate() and named(form, form.name.data):
        try:
            with parts().database.transaction() as session:
                board.expect(form.slug.data)
                plant = plants.make_plant(session, **form.values, by=done_by(current_operator().id))
                session.add_all([*andon.first_types(plant.id), *stops.first_reasons(plant.id)])
        except plants.SlugTaken as refusal:
            form.slug.errors = [f"{refusal}."]
        else:
            log.info("plant.made", plant=plant.slug, by=current_operator().id)
            return redirect(url_for("plants.plant", slug=plant.slug), 303)
    return _all(form), 422


@bp.get("/<slug>")
@guards.role("admin")
def plant(slug: str) -> ResponseReturnValue:
    return _one(slug)


@bp.post("/<slug>")
@guards.role("admin")
def save(slug: str) -> ResponseReturnValue:
    form, by = PlantForm(), done_by(current_operator().id)
    if form.validate():
        board.expect(slug)
        try:
            with parts().database.transaction() as session:
                plants.change_plant(session, slug, form.values, as_seen=form.as_seen, by=by)
                shifts.lay(session, slug, now=by.at)
        except ChangedMeanwhile as meanwhile:
            return _one(slug, form, meanwhile=meanwhile), 409
        return redirect(url_for("plants.plant", slug=slug), 303)
    return _one(slug, form), 422


@bp.post("/<slug>/lines")
@guards.role("admin")
def add_line(slug: str) -> ResponseReturnValue:
    form, by = NewLineForm(prefix="new-"), done_by(current_operator().id)
    if form.validate() and named(form, form.name.data):
        board.expect(slug)
        telemetry.expect()
        try:
            with parts().database.transaction() as session:
                line = plants.make_line(session, slug, **form.values, by=by)
                shifts.lay(session, slug, now=by.at)
        except plants.SlugTaken as refusal:
            form.slug.errors = [f"{refusal}."]
        else:
            log.info("line.made", line=line.slug, by=by.operator_id)
            announce_lines(slug)
            there = url_for("places.show", slug=slug, kind=plants.LINES, number=line.id)
            return redirect(there, 303)
    return _one(slug, new=form), 422


def named(form: Sheet, *names: str) -> bool:
    """Whether the new thing has an address: the one that was typed, or one made of names."""
    if not form.slug.data:
        form.slug.data = plants.slug_of(*names)
        form.slug.validate(form)
    if not form.slug.data:
        form.slug.errors = ["Please choose one: the name has no letter that an address may have."]
    return not form.slug.errors


def _all(form: NewPlantForm) -> str:
    with parts().database.transaction() as session:
        found = plants.plants(session)
    return account_page("plants/show.html", homes=found, form=form, zones=ZONES)


def _one(
    slug: str,
    form: PlantForm | None = None,
    *,
    new: NewLineForm | None = None,
    meanwhile: ChangedMeanwhile | None = None,
) -> str:
    with parts().database.transaction() as session:
        found = plants.find_plant(session, slug)
        lines = plants.lines(session, found)
    form = form or PlantForm.of(found)
    if meanwhile is not None:
        form.tell(meanwhile, found)
    return account_page(
        "plants/plant.html",
        home=found,
        lines=lines,
        form=form,
        new=new or NewLineForm(formdata=None, prefix="new-"),
        meanwhile=meanwhile,
        zones=ZONES,
    )
