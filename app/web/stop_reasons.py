"""Stop reasons: what may be said of a line that stood, in groups, changed by supervisors."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField, StringField

from app.domain import stops
from app.models import ChangedMeanwhile, StopReason
from app.web import guards
from app.web.forms import Sheet, Words, choices
from app.web.guards import current_operator
from app.web.handed import done_by, parts
from app.web.pages import page, plants_and_chosen
from app.web.plant_forms import Slug
from app.web.plants import named

bp = Blueprint("stop_reasons", __name__, url_prefix="/stop-reasons")


def _name() -> StringField:
    return StringField("Name", [Words(80)])


def _planned() -> BooleanField:
    return BooleanField(
        "A stop may be planned for it",
        description="Supervisors choose it when they stop a line; operators say it of any.",
    )


class StopReasonForm(Sheet):
    """A group or a reason, in all that may be changed."""

    name = _name()
    planned = _planned()
    active = BooleanField(
        "It may be given", description="Without this it is retired: nobody can choose it."
    )


class NewStopReasonForm(Sheet):
    """A group or a reason that comes to be."""

    name = _name()
    parent = SelectField("Group")
    planned = _planned()
    slug = StringField(
        "Address",
        [Slug(40)],
        description="Names it for programs, and never changes. Left empty it is made of the names.",
    )

    @property
    def values(self) -> dict[str, Any]:
        """What was typed; a group has no parent."""
        return {**super().values, "parent": self.parent.data or None}

    @property
    def names(self) -> list[str]:
        """What the address is made of."""
        return [name for name in (self.parent.data, self.name.data) if name]

    def offer(self, reasons: Sequence[StopReason]) -> None:
        """Let a group be chosen."""
        groups = [(row.slug, row.name) for row in reasons if row.active and row.parent is None]
        self.parent.choices = choices([*groups, ("", "None: this is a new group")])


@bp.get("")
@guards.role("supervisor")
def show() -> ResponseReturnValue:
    return _all(NewStopReasonForm())


@bp.post("")
@guards.role("supervisor")
def make() -> ResponseReturnValue:
    form, by = NewStopReasonForm(), done_by(current_operator().id)
    try:
        with parts().database.transaction() as session:
            _, plant = plants_and_chosen(session)
            form.offer(stops.all_reasons(session, plant.id))
            if form.validate() and named(form, *form.names):
                words = {"plant": plant.slug, "by": by}
                reason = stops.make_reason(session, plant.id, form.values, **words)
                session.flush()
                return _back(plant, reason.id)
    except stops.ReasonTaken as refusal:
        form.slug.errors = [f"{refusal}."]
    except stops.NameTaken as refusal:
        form.name.errors = [f"{refusal}."]
        # An address that was made of this name goes with it.
        form.slug.process_formdata(form.slug.raw_data)
    except stops.GroupRetired as refusal:
        form.parent.errors = [f"{refusal}."]
    return _all(form), 422


@bp.get("/<int:number>")
@guards.role("supervisor")
def one(number: int) -> ResponseReturnValue:
    return _one(number)


@bp.post("/<int:number>")
@guards.role("supervisor")
def save(number: int) -> ResponseReturnValue:
    form, by = StopReasonForm(), done_by(current_operator().id)
    if not form.validate():
        return _one(number, form), 422
    try:
        with parts().database.transaction() as session:
            _, plant = plants_and_chosen(session)
            words = {"as_seen": form.as_seen, "plant": plant.slug, "by": by}
            stops.change_reason(session, plant.id, number, form.values, **words)
            return _back(plant, number)
    except ChangedMeanwhile as meanwhile:
        return _one(number, form, meanwhile=meanwhile), 409
    except stops.NameTaken as refusal:
        form.name.errors = [f"{refusal}."]
    except (stops.GroupInUse, stops.GroupRetired) as refusal:
        form.active.errors = [f"{refusal}."]
    return _one(number, form), 422


@bp.post("/<int:number>/position")
@guards.role("supervisor")
def move(number: int) -> ResponseReturnValue:
    by, up = done_by(current_operator().id), request.form.get("to") == "up"
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        stops.move_reason(session, plant.id, number, up=up, plant=plant.slug, by=by)
    return _back(plant, number)


def _back(plant: Any, number: int) -> ResponseReturnValue:  # noqa: ANN401 (a record)
    return redirect(url_for("stop_reasons.show", plant=plant.slug, _anchor=f"reason-{number}"), 303)


def _all(form: NewStopReasonForm) -> str:
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        reasons = stops.all_reasons(session, plant.id)
    form.offer(reasons)
    return page(
        "stop_reasons/show.html",
        plants=plants,
        plant=plant,
        reasons=reasons,
        form=form,
        plant_page="stop_reasons.show",
    )


def _one(
    number: int, form: StopReasonForm | None = None, *, meanwhile: ChangedMeanwhile | None = None
) -> str:
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        reasons = stops.all_reasons(session, plant.id)
    reason = stops.numbered(reasons, number)
    form = form or StopReasonForm.of(reason)
    if meanwhile is not None:
        form.tell(meanwhile, reason)
    return page(
        "stop_reasons/one.html",
        plants=plants,
        plant=plant,
        reason=reason,
        group=next((row for row in reasons if row.slug == reason.parent), None),
        form=form,
        meanwhile=meanwhile,
        plant_page="stop_reasons.show",
    )
