"""Shifts: an administrator's page of when each plant works, and of the days that are otherwise."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain import plants, shifts
from app.models import ChangedMeanwhile
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import done_by, parts
from app.web.pages import page, plants_and_chosen
from app.web.shift_forms import DAYS, DayForm, PatternForm, pattern_form, told

log = structlog.get_logger(__name__)

bp = Blueprint("shifts", __name__, url_prefix="/shifts")

# A holiday that was yesterday is no longer worth a line; by any clock it is over then.
SHOWN_SINCE = timedelta(days=1)


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        return _all(session)


@bp.post("")
@guards.role("admin")
def make() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        form = pattern_form(_lines(session, plant))
        valid = form.validate()
    if valid:
        by = done_by(current_operator().id)
        try:
            with parts().database.transaction() as session:
                pattern = shifts.make_pattern(session, plant.slug, form.values, by=by)
                shifts.lay(session, plant.slug, now=by.at)
        except shifts.ShiftsOverlap as refusal:
            form.starts_at.errors = [f"{refusal}."]
        else:
            log.info("shifts.pattern_made", plant=plant.slug, by=by.operator_id)
            return _back(plant, f"pattern-{pattern.id}")
    with parts().database.transaction() as session:
        return _all(session, new=form), 422


@bp.get("/<int:number>")
@guards.role("admin")
def one(number: int) -> ResponseReturnValue:
    return _one(number)


@bp.post("/<int:number>")
@guards.role("admin")
def save(number: int) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        shifts.find_pattern(session, plant.id, number)
        form = pattern_form(_lines(session, plant))
        valid = form.validate()
    if not valid:
        return _one(number, form), 422
    by = done_by(current_operator().id)
    try:
        with parts().database.transaction() as session:
            words: dict[str, Any] = {"as_seen": form.as_seen, "by": by}
            shifts.change_pattern(session, plant.slug, number, form.values, **words)
            shifts.lay(session, plant.slug, now=by.at)
    except ChangedMeanwhile as meanwhile:
        return _one(number, form, meanwhile=meanwhile), 409
    except shifts.ShiftsOverlap as refusal:
        form.starts_at.errors = [f"{refusal}."]
        return _one(number, form), 422
    return _back(plant, f"pattern-{number}")


@bp.post("/days")
@guards.role("admin")
def add_day() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        form = DayForm(prefix="day-").offer(shifts.patterns(session, plant.id))
        valid = form.validate()
    if valid:
        by = done_by(current_operator().id)
        try:
            with parts().database.transaction() as session:
                entry = shifts.add_day(session, plant.slug, form.values, by=by)
                shifts.lay(session, plant.slug, now=by.at)
        except (shifts.DayTaken, shifts.ShiftsOverlap) as refusal:
            form.day.errors = [f"{refusal}."]
        else:
            return _back(plant, f"day-{entry.id}")
    with parts().database.transaction() as session:
        return _all(session, day=form), 422


@bp.post("/days/<int:number>/removal")
@guards.role("admin")
def remove_day(number: int) -> ResponseReturnValue:
    by = done_by(current_operator().id)
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        shifts.remove_day(session, plant.slug, number, by=by)
        shifts.lay(session, plant.slug, now=by.at)
    return _back(plant, "calendar")


def _back(plant: Any, anchor: str) -> ResponseReturnValue:  # noqa: ANN401 (a record)
    return redirect(url_for("shifts.show", plant=plant.slug, _anchor=anchor), 303)


def _lines(session: Session, plant: Any) -> list[Any]:  # noqa: ANN401 (a record)
    home = plants.find_plant(session, plant.slug)
    return [line for line in plants.lines(session, home) if line.retired_at is None]


def _all(session: Session, *, new: PatternForm | None = None, day: DayForm | None = None) -> str:
    homes, plant = plants_and_chosen(session)
    home = plants.find_plant(session, plant.slug)
    zone = ZoneInfo(home.time_zone)
    patterns = shifts.patterns(session, plant.id)
    today = datetime.now(zone).date()
    is_sent = request.method == "POST"
    return page(
        "shifts/show.html",
        plants=homes,
        plant=plant,
        home=home,
        patterns=patterns,
        days=shifts.days(session, plant.id, since=today - SHOWN_SINCE),
        told=told,
        weekdays=DAYS,
        form=new or (None if is_sent else pattern_form(_lines(session, plant))),
        day_form=day or (None if is_sent else DayForm(prefix="day-").offer(patterns)),
        ahead_days=shifts.AHEAD.days,
        plant_page="shifts.show",
    )


def _one(
    number: int, form: PatternForm | None = None, *, meanwhile: ChangedMeanwhile | None = None
) -> str:
    with parts().database.transaction() as session:
        homes, plant = plants_and_chosen(session)
        pattern = shifts.find_pattern(session, plant.id, number)
        form = form or pattern_form(_lines(session, plant), pattern)
    if meanwhile is not None:
        form.tell(meanwhile, pattern)
    return page(
        "shifts/one.html",
        plants=homes,
        plant=plant,
        pattern=pattern,
        form=form,
        meanwhile=meanwhile,
        plant_page="shifts.show",
    )
