"""The cord's past: most stops called for somebody, and a few calls are still open."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from app.commands.seed.production import SLOT, Stop
from app.models import Call, Station

# Why lines stop, as often as here; «safety» is pulled least.
REASONS = {"maintenance": 8, "material": 6, "quality": 4, "help": 3, "safety": 1}
PULLED = 0.8

# On which lines, by their place on the floor, somebody waits or is helped right now: minutes
# since the cord was pulled, and since somebody came.
STILL_OPEN = {0: (18, 11), 2: (4, None), 5: (9, 2), 7: (2, None)}


def ended_calls(
    stops: Sequence[Stop],
    stations: Sequence[Station],
    *,
    raisers: Sequence[int],
    helpers: Sequence[int],
    start: datetime,
    now: datetime,
    random: Random,
) -> Iterator[Call]:
    """A call for most unplanned stops, answered within minutes and ended with the stop."""
    for stop in stops:
        raised_at = start + stop.first * SLOT + timedelta(seconds=random.randint(20, 120))
        ends_at = start + (stop.first + stop.slots) * SLOT
        resolved_at = ends_at + timedelta(seconds=random.randint(0, 90))
        came_at = raised_at + timedelta(seconds=random.randint(30, 360))
        helper, raiser = random.choice(helpers), random.choice(raisers)
        if stop.planned or random.random() > PULLED or resolved_at > now:
            continue
        yield Call(
            line_id=stations[0].line_id,
            station_id=random.choice(stations).id,
            reason=_reason(random),
            raised_at=raised_at,
            raised_by=raiser,
            acknowledged_at=min(came_at, resolved_at),
            acknowledged_by=helper,
            resolved_at=resolved_at,
            resolved_by=helper,
        )


def open_call(
    place: int,
    stations: Sequence[Station],
    *,
    raisers: Sequence[int],
    helpers: Sequence[int],
    now: datetime,
    random: Random,
) -> Call | None:
    """The call that is open on the line of this place, where there is one."""
    if place not in STILL_OPEN:
        return None
    raised_ago, came_ago = STILL_OPEN[place]
    call = Call(
        line_id=stations[0].line_id,
        station_id=random.choice(stations).id,
        reason=_reason(random),
        raised_at=now - timedelta(minutes=raised_ago),
        raised_by=random.choice(raisers),
    )
    if came_ago is not None:
        call.acknowledged_at = now - timedelta(minutes=came_ago)
        call.acknowledged_by = random.choice(helpers)
    return call


def _reason(random: Random) -> str:
    return random.choices(list(REASONS), weights=list(REASONS.values()))[0]
