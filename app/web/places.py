"""Lines, stations and sensors: an administrator's page of each, and of what stands on it."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain import board, plants, shifts, telemetry
from app.models import ChangedMeanwhile
from app.web import guards
from app.web.announcing import announce, announce_lines
from app.web.forms import Sheet
from app.web.guards import current_operator
from app.web.handed import done_by, parts
from app.web.pages import account_page
from app.web.plant_forms import (
    LineForm,
    NewSensorForm,
    NewStationForm,
    SensorForm,
    StationForm,
)
from app.web.plants import named

log = structlog.get_logger(__name__)

bp = Blueprint("places", __name__, url_prefix="/plants/<slug>")

PLACE = "/<any(lines, stations, sensors):kind>/<int:number>"
FORMS = {plants.LINES: LineForm, plants.STATIONS: StationForm, plants.SENSORS: SensorForm}
NEW_FORMS = {plants.LINES: NewStationForm, plants.STATIONS: NewSensorForm}


@bp.get(PLACE)
@guards.role("admin")
def show(slug: str, kind: str, number: int) -> ResponseReturnValue:
    return _page(slug, kind, number)


@bp.post(PLACE)
@guards.role("admin")
def save(slug: str, kind: str, number: int) -> ResponseReturnValue:
    form = FORMS[kind]()
    if not form.validate():
        return _page(slug, kind, number, form), 422
    try:
        with parts().database.transaction() as session:
            place = _expected(session, slug, kind, number)
            by = done_by(current_operator().id)
            plants.change_part(session, place, form.values, as_seen=form.as_seen, by=by)
            tiles = _laid_anew(session, place)
    except ChangedMeanwhile as meanwhile:
        return _page(slug, kind, number, form, meanwhile=meanwhile), 409
    for tile in tiles:
        announce(tile)
    return redirect(url_for("places.show", slug=slug, kind=kind, number=number), 303)


@bp.post(f"{PLACE}/parts")
@guards.role("admin")
def add(slug: str, kind: str, number: int) -> ResponseReturnValue:
    """A station on the line, or a sensor at the station."""
    if kind not in NEW_FORMS:
        abort(404)
    form = NEW_FORMS[kind](prefix="new-")
    try:
        with parts().database.transaction() as session:
            place = _expected(session, slug, kind, number)
            if form.validate() and named(form, *_names(place, form)):
                by = done_by(current_operator().id)
                make = plants.make_station if kind == plants.LINES else plants.make_sensor
                make(session, slug, number, **form.values, by=by)
                return redirect(url_for("places.show", slug=slug, kind=kind, number=number), 303)
    except plants.SlugTaken as refusal:
        form.slug.errors = [f"{refusal}."]
    return _page(slug, kind, number, new=form), 422


@bp.post(f"{PLACE}/retirement")
@guards.role("admin")
def retire(slug: str, kind: str, number: int) -> ResponseReturnValue:
    try:
        with parts().database.transaction() as session:
            place = _expected(session, slug, kind, number)
            plants.retire(session, place, by=done_by(current_operator().id))
            _laid_anew(session, place)
    except plants.CallsOpen as refusal:
        return _page(slug, kind, number, refusal=str(refusal)), 409
    return _come_or_gone(place)


@bp.post(f"{PLACE}/return")
@guards.role("admin")
def bring_back(slug: str, kind: str, number: int) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        place = _expected(session, slug, kind, number)
        plants.bring_back(session, place, by=done_by(current_operator().id))
        _laid_anew(session, place)
    return _come_or_gone(place)


@bp.post(f"{PLACE}/position")
@guards.role("admin")
def move(slug: str, kind: str, number: int) -> ResponseReturnValue:
    """One place up or down among its like."""
    with parts().database.transaction() as session:
        # Unlocked: two who lock one each, and then its like, would wait for each other.
        place = _expected(session, slug, kind, number, locked=False)
        up = request.form.get("to") == "up"
        plants.move_part(session, place, up=up, by=done_by(current_operator().id))
    return _above(place)


def _expected(
    session: Session, slug: str, kind: str, number: int, *, locked: bool = True
) -> plants.Place:
    """The place; the commit fills what all pages read of it."""
    place = plants.find_place(session, slug, kind, number, locked=locked)
    board.expect(slug, line_id=place.parts[0].id, line=place.parts[0].slug)
    telemetry.expect()
    return place


def _laid_anew(session: Session, place: plants.Place) -> list[board.Tile]:
    """What open boards are to say of the line now; shifts and alerts follow what was changed."""
    session.flush()
    now, line_id = datetime.now(UTC), place.parts[0].id
    if place.kind == plants.LINES:
        shifts.lay(session, place.plant.slug, now=now)
    telemetry.end_alerts(session, line_id, now=now)
    session.flush()
    return board.tiles(session, now=now, line_ids=[line_id])


def _come_or_gone(place: plants.Place) -> ResponseReturnValue:
    if place.kind == plants.LINES:
        announce_lines(place.plant.slug)
    return _above(place)


def _names(place: plants.Place, form: Sheet) -> tuple[str, ...]:
    if place.kind == plants.LINES:
        return (form.name.data,)
    return (*(part.slug for part in place.parts), form.metric.data)


def _above(place: plants.Place) -> ResponseReturnValue:
    """Back to the list in which it is, and to its place there."""
    slug, anchor = place.plant.slug, f"{place.kind}-{place.part.id}"
    if place.kind == plants.LINES:
        return redirect(url_for("plants.plant", slug=slug, _anchor=anchor), 303)
    kind = plants.LINES if place.kind == plants.STATIONS else plants.STATIONS
    there = url_for("places.show", slug=slug, kind=kind, number=place.parts[-2].id, _anchor=anchor)
    return redirect(there, 303)


def _page(
    slug: str,
    kind: str,
    number: int,
    form: Sheet | None = None,
    *,
    new: Sheet | None = None,
    meanwhile: ChangedMeanwhile | None = None,
    refusal: str | None = None,
) -> str:
    with parts().database.transaction() as session:
        place = plants.find_place(session, slug, kind, number)
        below = plants.stations(session, place.part) if kind == plants.LINES else []  # type: ignore[arg-type]
        stations = [place.part] if kind == plants.STATIONS else below
        sensors = plants.sensors(session, stations) if stations else []  # type: ignore[arg-type]
    form = form or FORMS[kind].of(place.part)
    if meanwhile is not None:
        form.tell(meanwhile, place.part)
    if new is None and kind in NEW_FORMS:
        new = NEW_FORMS[kind](formdata=None, prefix="new-")
    return account_page(
        "plants/place.html",
        place=place,
        stations=below,
        sensors=sensors,
        form=form,
        new=new,
        meanwhile=meanwhile,
        refusal=refusal,
    )
