"""Where something stands: a line of a plant, a station on it, a sensor at that."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.plants.errors import NoSuchPlace
from app.models import LARGEST_ID, Line, Plant, Sensor, Station

Part = Line | Station | Sensor

LINES, STATIONS, SENSORS = "lines", "stations", "sensors"
MODELS: dict[str, type[Part]] = {LINES: Line, STATIONS: Station, SENSORS: Sensor}
_PATHS: dict[str, Select[*tuple[Any, ...]]] = {
    LINES: select(Plant, Line).join(Line, Line.plant_id == Plant.id),
    STATIONS: select(Plant, Line, Station)
    .join(Line, Line.plant_id == Plant.id)
    .join(Station, Station.line_id == Line.id),
    SENSORS: select(Plant, Line, Station, Sensor)
    .join(Line, Line.plant_id == Plant.id)
    .join(Station, Station.line_id == Line.id)
    .join(Sensor, Sensor.station_id == Station.id),
}


class Place(NamedTuple):
    """The way from a plant to one of its parts."""

    kind: str
    plant: Plant
    parts: tuple[Part, ...]

    @property
    def part(self) -> Part:
        """The part itself."""
        return self.parts[-1]

    @property
    def subject(self) -> tuple[str, str]:
        """As the audit names it."""
        slugs = [self.part.slug] if self.kind == SENSORS else [part.slug for part in self.parts]
        return self.part.__tablename__, "/".join(slugs)


def find_plant(session: Session, slug: str, *, locked: bool = False) -> Plant:
    """The plant of this slug, held until the transaction ends where `locked`; or `NoSuchPlace`."""
    statement = select(Plant).where(Plant.slug == slug)
    if locked:
        statement = statement.with_for_update(key_share=True)
    plant = session.scalar(statement)
    if plant is None:
        raise NoSuchPlace("plant")
    return plant


def find_place(
    session: Session, plant: str, kind: str, number: int, *, locked: bool = False
) -> Place:
    """The part of this number in the plant, in the same way; refuses with `NoSuchPlace`."""
    model, statement = MODELS[kind], _PATHS[kind]
    if locked:
        # What refers to it, such as output that lands or a shift that is laid, goes on meanwhile.
        statement = statement.with_for_update(of=model, key_share=True)
    row = None
    if number <= LARGEST_ID:
        row = session.execute(
            statement.where(Plant.slug == plant, model.id == number)
        ).one_or_none()
    if row is None:
        raise NoSuchPlace(model.__tablename__)
    return Place(kind, row[0], tuple(row[1:]))


def plants(session: Session) -> Sequence[Plant]:
    """All of them, by name."""
    return session.scalars(select(Plant).order_by(Plant.name)).all()


def lines(session: Session, plant: Plant) -> Sequence[Line]:
    """In the order they stand on the floor, and the retired ones behind them."""
    where = Line.plant_id == plant.id
    order = (Line.retired_at.is_not(None), Line.position, Line.id)
    return session.scalars(select(Line).where(where).order_by(*order)).all()


def stations(session: Session, line: Line) -> Sequence[Station]:
    """In the order of the line, and the retired ones behind them."""
    where = Station.line_id == line.id
    order = (Station.retired_at.is_not(None), Station.position, Station.id)
    return session.scalars(select(Station).where(where).order_by(*order)).all()


def sensors(session: Session, stations: Sequence[Station]) -> Sequence[Sensor]:
    """Those of all these stations, and the retired ones behind them."""
    where = Sensor.station_id.in_([station.id for station in stations])
    order = (Sensor.retired_at.is_not(None), Sensor.id)
    return session.scalars(select(Sensor).where(where).order_by(*order)).all()
