"""The catalogue turned into rows: plants, lines, stations and sensors with their numbers."""

import itertools
from dataclasses import dataclass, field

from app.commands.seed.catalogue import (
    PLANTS,
    RECORDER,
    RECORDER_SLUG,
    RECORDER_STATION,
    SENSORS,
    STATIONS,
    LineKind,
    SensorKind,
)
from app.models import Line, Plant, Sensor, Station


@dataclass(frozen=True, slots=True)
class FloorLine:
    """A line with what stands on it."""

    plant: Plant
    line: Line
    stations: list[Station]
    sensors: list[Sensor]


@dataclass(frozen=True, slots=True)
class Floor:
    """All that stands in the plants; numbered here, so that the same floor has the same ids."""

    plants: list[Plant] = field(default_factory=list)
    lines: list[FloorLine] = field(default_factory=list)

    def lines_of(self, plant: Plant) -> list[Line]:
        return [line.line for line in self.lines if line.plant is plant]


def lay_out() -> Floor:
    """The whole floor of the catalogue."""
    floor = Floor()
    for kind in PLANTS:
        plant = Plant(
            id=len(floor.plants) + 1, slug=kind.slug, name=kind.name, time_zone=kind.time_zone
        )
        floor.plants.append(plant)
        for position, line in enumerate(kind.lines, start=1):
            floor.lines.append(_line(plant, line, number=len(floor.lines), position=position))
    return floor


def _line(plant: Plant, kind: LineKind, *, number: int, position: int) -> FloorLine:
    line = Line(
        id=number + 1,
        plant_id=plant.id,
        slug=kind.slug,
        name=kind.name,
        position=position,
        target_per_hour=kind.target_per_hour,
    )
    sketch = STATIONS[kind.stations]
    numbers = itertools.count(number * len(sketch) + 1)
    stations = [
        Station(id=next(numbers), line_id=line.id, slug=_slug(name), name=name, position=place)
        for place, name in enumerate(sketch, start=1)
    ]
    sensors = [
        sensor
        for station in stations
        for sensor in _sensors(line, station, sketch[station.name].split())
    ]
    return FloorLine(plant, line, stations, sensors)


def _sensors(line: Line, station: Station, kinds: list[str]) -> list[Sensor]:
    first = (station.id - 1) * len(kinds) + 1
    named = [(f"{line.slug}-{station.slug}-{kind}", SENSORS[kind]) for kind in kinds]
    if station.slug == RECORDER_STATION and RECORDER_SLUG.startswith(line.slug):
        named[-1] = (RECORDER_SLUG, RECORDER)
    return [
        _sensor(first + offset, station, slug, kind) for offset, (slug, kind) in enumerate(named)
    ]


def _sensor(id_: int, station: Station, slug: str, kind: SensorKind) -> Sensor:
    return Sensor(id=id_, station_id=station.id, slug=slug, **kind._asdict())


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
