"""What a gateway is configured with: the names in its plant, and the people who work there."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.seed.catalogue import RECORDER_SLUG
from app.domain.accounts import NoSuchPlant
from app.domain.andon import call_types
from app.models import Line, Operator, Plant, Sensor, Station


@dataclass(frozen=True, slots=True)
class LineLaidOut:
    """A line with its stations' slugs, its sensors, and who may work on it."""

    id: int
    slug: str
    target_per_hour: int
    stations: list[str] = field(default_factory=list)
    sensors: list[Sensor] = field(default_factory=list)
    crew: list[Operator] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """One plant: its lines, those who come when they are called, and what they are called for."""

    plant: Plant
    lines: list[LineLaidOut]
    helpers: list[Operator]
    reasons: list[str]


def read_layout(session: Session, plant: str) -> Layout:
    """The plant of this slug as it is laid out now, or `NoSuchPlant`."""
    row = session.scalar(select(Plant).where(Plant.slug == plant))
    if row is None:
        raise NoSuchPlant(plant)
    lines = {
        line.id: LineLaidOut(line.id, line.slug, line.target_per_hour)
        for line in session.scalars(
            select(Line)
            .where(Line.plant_id == row.id, Line.retired_at.is_(None))
            .order_by(Line.position)
        )
    }
    for station in session.scalars(
        select(Station)
        .where(Station.line_id.in_(lines), Station.retired_at.is_(None))
        .order_by(Station.position)
    ):
        lines[station.line_id].stations.append(station.slug)
    _add_sensors(session, lines)
    people = session.scalars(
        select(Operator)
        .where(Operator.plant_id == row.id, Operator.active, Operator.role != "viewer")
        .order_by(Operator.id)
    ).all()
    crew = [person for person in people if person.role == "operator"]
    helpers = [person for person in people if person.role == "supervisor"] or crew
    _share_out(crew, list(lines.values()))
    reasons = [each.slug for each in call_types(session, row.id)]
    return Layout(row, list(lines.values()), helpers, reasons)


def _add_sensors(session: Session, lines: dict[int, LineLaidOut]) -> None:
    """All but the recorder, whose readings come from a recording."""
    found = session.execute(
        select(Station.line_id, Sensor)
        .join(Station, Station.id == Sensor.station_id)
        .where(Station.line_id.in_(lines), Sensor.slug != RECORDER_SLUG)
        .where(Station.retired_at.is_(None), Sensor.retired_at.is_(None))
        .order_by(Sensor.id)
    )
    for line_id, sensor in found:
        lines[line_id].sensors.append(sensor)


def _share_out(people: list[Operator], lines: list[LineLaidOut]) -> None:
    """Even stretches of people to the lines: in a seeded plant, the crews of its past."""
    for number, person in enumerate(people):
        lines[number * len(lines) // len(people)].crew.append(person)
