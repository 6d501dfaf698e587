"""Plants are laid out and laid out anew: each change on record, with what was before."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.plants.errors import CallsOpen, NoSuchPlace, SlugTaken
from app.domain.plants.places import (
    LINES,
    SENSORS,
    STATIONS,
    Part,
    Place,
    find_place,
    find_plant,
)
from app.models import Base, By, Call, Line, Plant, Sensor, Station, change, move, note

LONGEST_SLUG = 40
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def slug_of(*names: str) -> str:
    """How something of this name is addressed: in letters and digits that need no escaping."""
    plain = unicodedata.normalize("NFKD", "-".join(names).lower().replace("ß", "ss"))
    return _NO_LETTER.sub("-", plain.encode("ascii", "ignore").decode()).strip("-")


def make_plant(session: Session, *, slug: str, by: By, **values: Any) -> Plant:  # noqa: ANN401 (columns)
    """A plant without lines; refuses with `SlugTaken`."""
    plant = Plant(slug=slug, **values)
    _add(session, plant, slug)
    note(session, "made", ("plant", slug), by=by, facts=values)
    return plant


def make_line(session: Session, plant: str, *, slug: str, by: By, **values: Any) -> Line:  # noqa: ANN401
    """A line behind the last of the plant; refuses with `NoSuchPlace`, `SlugTaken`."""
    found = find_plant(session, plant, locked=True)
    line = Line(slug=slug, plant_id=found.id, position=_behind(session, Line, found.id), **values)
    _made(session, Place(LINES, found, (line,)), by, values)
    return line


def make_station(
    session: Session,
    plant: str,
    line_id: int,
    *,
    slug: str,
    by: By,
    **values: Any,  # noqa: ANN401
) -> Station:
    """A station at the end of the line; refuses with `NoSuchPlace`, `SlugTaken`."""
    place = find_place(session, plant, LINES, line_id, locked=True)
    position = _behind(session, Station, line_id)
    station = Station(slug=slug, line_id=line_id, position=position, **values)
    _made(session, Place(STATIONS, place.plant, (*place.parts, station)), by, values)
    return station


def make_sensor(
    session: Session,
    plant: str,
    station_id: int,
    *,
    slug: str,
    by: By,
    **values: Any,  # noqa: ANN401
) -> Sensor:
    """A sensor at the station; refuses with `NoSuchPlace`, `SlugTaken`."""
    place = find_place(session, plant, STATIONS, station_id)
    sensor = Sensor(slug=slug, station_id=station_id, **values)
    _made(session, Place(SENSORS, place.plant, (*place.parts, sensor)), by, values)
    return sensor


def change_plant(
    session: Session, slug: str, values: Mapping[str, Any], *, as_seen: str | None, by: By
) -> Plant:
    """Refuses with `NoSuchPlace`, or with `ChangedMeanwhile` who saw other values."""
    plant = find_plant(session, slug, locked=True)
    change(session, plant, values, subject=("plant", slug), by=by, as_seen=as_seen)
    return plant


def change_part(
    session: Session,
    place: Place,
    values: Mapping[str, Any],
    *,
    as_seen: str | None,
    by: By,
) -> bool:
    """Whether that changed anything of a locked part; refuses who saw other values."""
    return change(session, place.part, values, subject=place.subject, by=by, as_seen=as_seen)


def change_line(session: Session, slug: str, values: Mapping[str, Any], *, by: By) -> Line | None:
    """The same for a program, which says what it changes alone; None if there is no such line."""
    line = session.scalar(
        select(Line)
        .where(Line.slug == slug, Line.retired_at.is_(None))
        .with_for_update(key_share=True)
    )
    if line is not None:
        change(session, line, values, subject=("line", slug), by=by)
    return line


def retire(session: Session, place: Place, *, by: By) -> None:
    """Take a locked part off all pages and lists; what it did stays in the reports.

    Refuses with `CallsOpen`: nobody who waits is forgotten.
    """
    part = place.part
    if part.retired_at is None:
        if _has_open_calls(session, part):
            raise CallsOpen(part.name)
        part.retired_at = by.at
        note(session, "retired", place.subject, by=by)


def bring_back(session: Session, place: Place, *, by: By) -> None:
    """Show a locked part again."""
    if place.part.retired_at is not None:
        place.part.retired_at = None
        note(session, "brought_back", place.subject, by=by)


def move_part(session: Session, place: Place, *, up: bool, by: By) -> None:
    """Let a line or station, which nobody has locked, change places with the one beside it."""
    part = place.part
    if isinstance(part, Sensor):
        raise NoSuchPlace("place for a sensor")
    rows = session.scalars(_siblings(part).with_for_update(key_share=True)).all()
    move(session, part, rows, up=up, subject=place.subject, by=by)


def _siblings(part: Line | Station) -> Select[Any]:
    """Those that stand beside it, itself among them, in their order."""
    model = type(part)
    parent = Line.plant_id if isinstance(part, Line) else Station.line_id
    return (
        select(model)
        .where(parent == getattr(part, parent.key), model.retired_at.is_(None))
        .order_by(model.position, model.id)
        .execution_options(populate_existing=True)
    )


def _behind(session: Session, model: type[Line | Station], parent_id: int) -> int:
    parent = Line.plant_id if model is Line else Station.line_id
    last = session.scalar(select(func.max(model.position)).where(parent == parent_id))
    return (last or 0) + 1


def _has_open_calls(session: Session, part: Part) -> bool:
    if isinstance(part, Sensor):
        return False
    at = Call.line_id if isinstance(part, Line) else Call.station_id
    waiting = select(Call.id).where(at == part.id, Call.resolved_at.is_(None)).limit(1)
    return session.scalar(waiting) is not None


def _made(session: Session, place: Place, by: By, values: Mapping[str, Any]) -> None:
    _add(session, place.part, place.part.slug)
    note(session, "made", place.subject, by=by, facts=values)


def _add(session: Session, row: Base, slug: str) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise SlugTaken(row.__tablename__, slug) from error
