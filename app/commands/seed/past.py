"""The plant and its past, put together from one seed and one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.commands.seed import calls, production, shifts
from app.commands.seed.alerts import AlertsPast
from app.commands.seed.catalogue import RECORDER_SLUG
from app.commands.seed.floor import Floor, FloorLine, lay_out
from app.commands.seed.people import Person, people_of
from app.commands.seed.production import SLOT, SLOTS_A_DAY, Made, Work
from app.commands.seed.readings import SensorPast
from app.commands.seed.shifts import Watch
from app.models import Call, LineStatus, Plant, Sensor, SensorAlert, Shift

PLANNED_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class LinePast:
    """What one line did: its output and calls, its shifts, and the sensors that watched."""

    line_id: int
    shifts: list[Shift]
    made: list[Made]
    calls: list[Call]
    sensors: list[SensorPast]

    def status(self, now: datetime) -> LineStatus:
        """What the drain would have kept; what the line does now is for the drain to find out."""
        newest = max((row.at for row in self.made if row.good), default=None)
        return LineStatus(
            line_id=self.line_id, state="unknown", last_reading_at=now, last_output_at=newest
        )


@dataclass(frozen=True, slots=True)
class Past:
    """All there is to store; the same seed and moment give the same, to the last digit."""

    floor: Floor
    people: list[Person]
    lines: list[LinePast]
    start: datetime
    now: datetime
    slots: int

    def alerts(self) -> list[SensorAlert]:
        """What the sensors raised, the first first; known once all readings were spelled."""
        sensors = [sensor for line in self.lines for sensor in line.sensors]
        raised = [alert for sensor in sensors for alert in sensor.alerts.rows(self.now)]
        raised.sort(key=lambda alert: alert.raised_at)
        _number(raised)
        return raised


def remember(*, seed: int, now: datetime, days: int) -> Past:
    """The plant as it stands at `now`, and what happened in the days before."""
    floor = lay_out()
    start = now - timedelta(days=days)
    people = [
        person
        for plant in floor.plants
        for person in people_of(plant, floor.lines_of(plant), Random(f"{seed} {plant.slug}"))
    ]
    teller = _Teller(people, seed=seed, start=start, now=now)
    lines = [teller.line(place, line) for place, line in enumerate(floor.lines)]
    _number([shift for line in lines for shift in line.shifts])
    pulled = [call for line in lines for call in line.calls]
    pulled.sort(key=lambda call: call.raised_at)
    _number(pulled)
    return Past(floor, people, lines, start, now, days * SLOTS_A_DAY)


class _Teller:
    """Tells the past of one line after the other; each has a random source of its own."""

    def __init__(
        self, people: Sequence[Person], *, seed: int, start: datetime, now: datetime
    ) -> None:
        self._people = people
        self._seed = seed
        self._start = start
        self._now = now
        self._slots = (now - start) // SLOT

    def line(self, place: int, floor_line: FloorLine) -> LinePast:
        line = floor_line.line
        random = Random(f"{self._seed} {line.slug}")
        planned = shifts.watches(
            floor_line.plant, first=self._start, last=self._now + PLANNED_AHEAD
        )
        watched = production.watch_of_each_slot(planned, start=self._start, slots=self._slots)
        worked = production.with_breaks(
            production.work(watched, random), watched, start=self._start
        )
        return LinePast(
            line.id,
            list(shifts.shifts(line, planned)),
            self._made(floor_line, worked, watched, random),
            self._calls(place, floor_line, worked, random),
            [
                SensorPast(
                    sensor,
                    worked.activity,
                    alerts=self._alerts(floor_line, sensor),
                    seed=self._seed,
                )
                for sensor in floor_line.sensors
                if sensor.slug != RECORDER_SLUG
            ],
        )

    def _made(
        self, floor_line: FloorLine, worked: Work, watched: Sequence[Watch], random: Random
    ) -> list[Made]:
        line = floor_line.line
        crews = {team: self._crew(line.id, team) for team in shifts.TEAMS}
        return list(
            production.made(
                line.id,
                line.target_per_hour,
                worked,
                watched,
                crews,
                start=self._start,
                random=random,
            )
        )

    def _calls(self, place: int, floor_line: FloorLine, worked: Work, random: Random) -> list[Call]:
        raisers = self._crew(floor_line.line.id)
        helpers = self._helpers(floor_line.plant)
        ended = calls.ended_calls(
            worked.stops,
            floor_line.stations,
            raisers=raisers,
            helpers=helpers,
            start=self._start,
            now=self._now,
            random=random,
        )
        still_open = calls.open_call(
            place,
            floor_line.stations,
            raisers=raisers,
            helpers=helpers,
            now=self._now,
            random=random,
        )
        return [*ended, *([still_open] if still_open else [])]

    def _alerts(self, floor_line: FloorLine, sensor: Sensor) -> AlertsPast:
        return AlertsPast(
            sensor,
            line_id=floor_line.line.id,
            seen_by=self._helpers(floor_line.plant),
            random=Random(f"{self._seed} {sensor.slug} alerts"),
        )

    def _crew(self, line_id: int, team: str | None = None) -> list[int]:
        return [
            person.operator.id
            for person in self._people
            if person.line_id == line_id and team in (None, person.operator.team)
        ]

    def _helpers(self, plant: Plant) -> list[int]:
        return [
            person.operator.id
            for person in self._people
            if person.operator.plant_id == plant.id and person.operator.role == "supervisor"
        ]


def _number(rows: Sequence[Shift | Call | SensorAlert]) -> None:
    for number, row in enumerate(rows, start=1):
        row.id = number
