"""A plant that is played: what its machines would have sent since they were asked last."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

from app.commands.gateway.layout import Layout, LineLaidOut
from app.commands.gateway.machine import Machine
from app.commands.seed.shifts import watches
from app.commands.signals import Signal, habit
from app.domain.telemetry import LONGEST_BATCH

Item = dict[str, object]

SCRAP_SHARE = 0.025
# A sensor remembers most of its last value: it is asked every few seconds.
MEMORY = 0.97
# Over the whole plant: a limit is passed every two minutes, a sensor falls silent every five.
BREACH_EVERY_SECONDS, BREACH_SECONDS = 120, (20, 60)
SILENT_EVERY_SECONDS, SILENT_SECONDS = 300, (60, 180)


@dataclass(slots=True)
class PlayedLine:
    """A line, and the machine that plays it."""

    line: LineLaidOut
    machine: Machine


@dataclass(slots=True)
class PlayedSensor:
    """A sensor, and until when it is silent."""

    slug: str
    signal: Signal
    machine: Machine
    silent_until: datetime


class PlayedPlant:
    """Readings at an even rate over all sensors, and a piece of output each takt."""

    def __init__(self, layout: Layout, *, rate: float, random: Random, now: datetime) -> None:
        self._plant = layout.plant
        self._rate = rate
        self._random = random
        self._began = now
        self._asked = 0
        self.lines = [
            PlayedLine(line, Machine(line.target_per_hour, random, now)) for line in layout.lines
        ]
        sensors = self._sensors(now)
        self._has_sensors = bool(sensors)
        # By chance, so that what is sent of a second comes from the whole floor.
        random.shuffle(sensors)
        self._round = cycle(sensors)

    def output(self, until: datetime) -> list[Item]:
        """Every piece made since it was asked last, in at most one batch's worth."""
        team = self._team(until)
        return [
            self._piece(played.line, team, at)
            for played in self.lines
            for at in played.machine.advance(until)
        ][-LONGEST_BATCH:]

    def readings(self, until: datetime) -> Iterator[list[Item]]:
        """What the sensors say up to `until`, a batch at a time.

        However late it is asked, nothing is left out: a gateway measures while its server is away.
        """
        due = int((until - self._began).total_seconds() * self._rate)
        while self._has_sensors and self._asked < due:
            most = min(due - self._asked, LONGEST_BATCH)
            batch = [item for item in (self._ask() for _ in range(most)) if item is not None]
            if batch:
                yield batch

    def _sensors(self, now: datetime) -> list[PlayedSensor]:
        count = sum(len(played.line.sensors) for played in self.lines)
        readings_a_second = self._rate / max(count, 1)
        shortest, longest = (max(1, round(readings_a_second * each)) for each in BREACH_SECONDS)
        return [
            PlayedSensor(
                sensor.slug,
                Signal(
                    habit(metric=sensor.metric, low=sensor.low, high=sensor.high),
                    self._random,
                    memory=MEMORY,
                    breach_chance=1 / (BREACH_EVERY_SECONDS * self._rate),
                    breach_steps=(shortest, longest),
                ),
                played.machine,
                silent_until=now,
            )
            for played in self.lines
            for sensor in played.line.sensors
        ]

    def _ask(self) -> Item | None:
        """The next sensor's reading, or None where it is silent."""
        at = self._began + timedelta(seconds=self._asked / self._rate)
        self._asked += 1
        sensor = next(self._round)
        if self._random.random() < 1 / (SILENT_EVERY_SECONDS * self._rate):
            sensor.silent_until = at + timedelta(seconds=self._random.uniform(*SILENT_SECONDS))
        value = sensor.signal.next(sensor.machine.activity)
        if at < sensor.silent_until:
            return None
        return {"sensor": sensor.slug, "at": at, "value": round(value, 3)}

    def _piece(self, line: LineLaidOut, team: str, at: datetime) -> Item:
        scrap = int(self._random.random() < SCRAP_SHARE)
        piece: Item = {
            "id": uuid.uuid4(),
            "line": line.slug,
            "at": at,
            "good": 1 - scrap,
            "scrap": scrap,
        }
        crew = [person for person in line.crew if person.team == team] or line.crew
        if crew:
            piece["operator"] = self._random.choice(crew).username
        return piece

    def _team(self, now: datetime) -> str:
        return watches(self._plant, first=now, last=now + timedelta(seconds=1))[0].team
