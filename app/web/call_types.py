"""Call types: what each plant calls for, changed by its supervisors."""

from typing import Any

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.domain import andon
from app.models import COLOURS, URGENCIES, ChangedMeanwhile
from app.web import guards
from app.web.forms import ChoicesField, Sheet, Words, choices
from app.web.guards import current_operator
from app.web.handed import done_by, parts
from app.web.pages import page, plants_and_chosen
from app.web.plant_forms import Slug
from app.web.plants import named

log = structlog.get_logger(__name__)

bp = Blueprint("call_types", __name__, url_prefix="/call-types")

# A day: what may wait longer is no call.
MOST_MINUTES = 1440
IMPACT_WORDS = {
    "down": "The line is down",
    "impacting": "It slows the line",
    "planned": "Planned",
    "none": "The line runs on",
}


def _minutes(label: str, about: str, *, needed: bool = False) -> IntegerField:
    first = InputRequired("Please fill this in.") if needed else Optional()
    return IntegerField(label, [first, NumberRange(1, MOST_MINUTES)], description=about)


class CallTypeForm(Sheet):
    """A call type, in all that may be changed."""

    name = StringField("Name", [Words(80)])
    colour = ChoicesField("Colour", choices=choices((colour, colour.title()) for colour in COLOURS))
    urgency = SelectField(
        "Urgency",
        choices=choices((urgency, urgency.title()) for urgency in URGENCIES),
        description="A line has one open critical call. Open calls keep what they were raised as.",
    )
    impact = SelectField("Impact", choices=choices(IMPACT_WORDS))
    response_minutes = _minutes("Answered within", "Minutes until somebody comes.", needed=True)
    resolve_minutes = _minutes("Put right within", "Minutes; empty: no limit.")
    escalation_minutes = _minutes(
        "Told on after", "Minutes without an answer, and again after twice as many; empty: never."
    )
    active = BooleanField("It may be called for", default=True)


class NewCallTypeForm(CallTypeForm):
    """A call type that comes to be."""

    slug = StringField(
        "Address",
        [Slug(40)],
        description="Names it for programs, and never changes. Left empty it is made of the name.",
    )


@bp.get("")
@guards.role("supervisor")
def show() -> ResponseReturnValue:
    return _all(NewCallTypeForm())


@bp.post("")
@guards.role("supervisor")
def make() -> ResponseReturnValue:
    form, by = NewCallTypeForm(), done_by(current_operator().id)
    if form.validate() and named(form, form.name.data):
        try:
            with parts().database.transaction() as session:
                _, plant = plants_and_chosen(session)
                kind = andon.make_type(session, plant.id, form.values, plant=plant.slug, by=by)
        except andon.TypeTaken as refusal:
            form.slug.errors = [f"{refusal}."]
        else:
            log.info("call_type.made", kind=kind.slug, plant=plant.slug, by=by.operator_id)
            return _back(plant, kind.id)
    return _all(form), 422


@bp.get("/<int:number>")
@guards.role("supervisor")
def one(number: int) -> ResponseReturnValue:
    return _one(number)


@bp.post("/<int:number>")
@guards.role("supervisor")
def save(number: int) -> ResponseReturnValue:
    form, by = CallTypeForm(), done_by(current_operator().id)
    if not form.validate():
        return _one(number, form), 422
    try:
        with parts().database.transaction() as session:
            _, plant = plants_and_chosen(session)
            kind = andon.find_type(session, plant.id, number, locked=True)
            words = {"as_seen": form.as_seen, "plant": plant.slug, "by": by}
            andon.change_type(session, kind, form.values, **words)
    except ChangedMeanwhile as meanwhile:
        return _one(number, form, meanwhile=meanwhile), 409
    return _back(plant, number)


@bp.post("/<int:number>/position")
@guards.role("supervisor")
def move(number: int) -> ResponseReturnValue:
    by, up = done_by(current_operator().id), request.form.get("to") == "up"
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        kind = andon.find_type(session, plant.id, number)
        andon.move_type(session, kind, up=up, plant=plant.slug, by=by)
    return _back(plant, number)


def _back(plant: Any, number: int) -> ResponseReturnValue:  # noqa: ANN401 (a record)
    return redirect(url_for("call_types.show", plant=plant.slug, _anchor=f"type-{number}"), 303)


def _all(form: NewCallTypeForm) -> str:
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        kinds = andon.all_types(session, plant.id)
    return page(
        "call_types/show.html",
        plants=plants,
        plant=plant,
        kinds=kinds,
        form=form,
        impacts=IMPACT_WORDS,
        plant_page="call_types.show",
    )


def _one(
    number: int, form: CallTypeForm | None = None, *, meanwhile: ChangedMeanwhile | None = None
) -> str:
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        kind = andon.find_type(session, plant.id, number)
    form = form or CallTypeForm.of(kind)
    if meanwhile is not None:
        form.tell(meanwhile, kind)
    return page(
        "call_types/one.html",
        plants=plants,
        plant=plant,
        kind=kind,
        form=form,
        meanwhile=meanwhile,
        plant_page="call_types.show",
    )
