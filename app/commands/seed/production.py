"""How a line worked: five minutes by five minutes, with stops, changeovers and slow hours."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from app.commands.seed.shifts import Watch

SLOT = timedelta(minutes=5)
SLOTS_A_DAY = timedelta(days=1) // SLOT
SLOTS_AN_HOUR = timedelta(hours=1) // SLOT

BY_NIGHT = 0.88
# How long, in slots, a line runs before something happens, and what then happens how often.
RUNS = (8, 60)
STOP, CHANGEOVER, DIP = (1, 6), (4, 8), (6, 24)
HAPPENINGS = ((STOP, 45), (DIP, 35), (CHANGEOVER, 20))


class Stop(NamedTuple):
    """A stretch of slots without a piece; one that was `planned` surprises nobody."""

    first: int
    slots: int
    planned: bool


@dataclass(frozen=True, slots=True)
class Work:
    """A line's past: how hard it worked in each slot (0 stands, 1 is its target), and its stops."""

    activity: list[float]
    stops: list[Stop]


class Made(NamedTuple):
    """One row of output, in the order of the columns it is copied to."""

    id: uuid.UUID
    line_id: int
    operator_id: int
    at: datetime
    good: int
    scrap: int


def work(watched: Sequence[Watch], random: Random) -> Work:
    """How a line worked through these slots; `watched` names the shift of each."""
    form = random.uniform(0.95, 1.06)
    pace: list[float] = []
    stops: list[Stop] = []
    while len(pace) < len(watched):
        pace += _stretch(RUNS, form * random.uniform(1.0, 1.12), random)
        kind = random.choices(
            [kind for kind, _ in HAPPENINGS], weights=[often for _, often in HAPPENINGS]
        )[0]
        happened = _stretch(kind, random.uniform(0.5, 0.8) if kind is DIP else 0.0, random)
        if kind is not DIP:
            stops.append(Stop(len(pace), len(happened), planned=kind is CHANGEOVER))
        pace += happened
    activity = [
        worked * (BY_NIGHT if watch.by_night else 1.0)
        for worked, watch in zip(pace, watched, strict=False)
    ]
    return Work(activity, [stop for stop in stops if stop.first < len(activity)])


def with_breaks(worked: Work, watched: Sequence[Watch], *, start: datetime) -> Work:
    """The same, but standing in the breaks of its shifts."""
    activity = [
        0.0 if watch.is_in_a_break(start + slot * SLOT) else level
        for slot, (level, watch) in enumerate(zip(worked.activity, watched, strict=True))
    ]
    return Work(activity, worked.stops)


def made(
    line_id: int,
    target_per_hour: int,
    worked: Work,
    watched: Sequence[Watch],
    crews: Mapping[str, Sequence[int]],
    *,
    start: datetime,
    random: Random,
) -> Iterator[Made]:
    """What the line made in each slot, by somebody of the team on shift."""
    scrap_rate = random.uniform(0.012, 0.035)
    unfinished = 0.0
    for slot, (activity, watch) in enumerate(zip(worked.activity, watched, strict=True)):
        unfinished += target_per_hour / SLOTS_AN_HOUR * activity * random.uniform(0.9, 1.1)
        pieces = int(unfinished) if activity else 0
        unfinished -= pieces
        if not pieces:
            continue
        scrap = sum(random.random() < scrap_rate for _ in range(pieces))
        yield Made(
            uuid.UUID(int=random.getrandbits(128), version=4),
            line_id,
            random.choice(crews[watch.team]),
            start + slot * SLOT + timedelta(seconds=random.randint(30, 295)),
            pieces - scrap,
            scrap,
        )


def watch_of_each_slot(planned: Sequence[Watch], *, start: datetime, slots: int) -> list[Watch]:
    """Which shift each slot belongs to."""
    waiting = iter(planned)
    watch = next(waiting)
    watched = []
    for slot in range(slots):
        while watch.ends_at <= start + slot * SLOT:
            watch = next(waiting)
        watched.append(watch)
    return watched


def _stretch(length: tuple[int, int], level: float, random: Random) -> list[float]:
    return [level] * random.randint(*length)
