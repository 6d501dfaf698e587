"""The cord's past: most stops called for somebody, and a few calls are still open."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from app.commands.seed.production import SLOT, Stop
from app.domain.andon import first_types
from app.models import Call, CallType, Station

# Why lines stop, as often as here; «safety» is pulled least.
REASONS = {"maintenance": 8, "material": 6, "quality": 4, "help": 3, "safety": 1}
PULLED = 0.8
# In what part of the time they have people come mostly: one in six comes late, a few far too late.
COMES_AFTER, SPREAD = 0.55, 0.6
# What is said at the cord and after it was put right, in half of the calls.
SAID = 0.5
WORDS = {
    "maintenance": (("Motor is hot", "Grinding noise", "Will not start"), "Bearing changed"),
    "material": (("Box is empty", "Wrong part in the box"), "Brought from the store"),
    "quality": (("Burrs on the edge", "Surface is scratched"), "Tool set anew, ten pieces checked"),
    "help": (("Need a second pair of hands", "Not sure how to go on"), "Shown how"),
    "safety": (("Oil on the floor", "Guard does not close"), "Made safe, all clear"),
}

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
        kind = _kind(random)
        came_at = raised_at + _comes_after(kind, random)
        helper, raiser = random.choice(helpers), random.choice(raisers)
        if stop.planned or random.random() > PULLED or resolved_at > now:
            continue
        yield Call(
            line_id=stations[0].line_id,
            station_id=random.choice(stations).id,
            reason=kind.slug,
            urgency=kind.urgency,
            raised_at=raised_at,
            raised_by=raiser,
            raised_note=_said(kind, random),
            acknowledged_at=min(came_at, resolved_at),
            acknowledged_by=helper,
            resolved_at=resolved_at,
            resolved_by=helper,
            resolved_note=WORDS[kind.slug][1] if random.random() < SAID else None,
            **_escalated(kind, raised_at, min(came_at, resolved_at)),
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
    kind = _kind(random)
    raised_at = now - timedelta(minutes=raised_ago)
    came_at = None if came_ago is None else now - timedelta(minutes=came_ago)
    return Call(
        line_id=stations[0].line_id,
        station_id=random.choice(stations).id,
        reason=kind.slug,
        urgency=kind.urgency,
        raised_at=raised_at,
        raised_by=random.choice(raisers),
        raised_note=_said(kind, random),
        acknowledged_at=came_at,
        acknowledged_by=None if came_at is None else random.choice(helpers),
        **_escalated(kind, raised_at, came_at or now),
    )


def _kind(random: Random) -> CallType:
    slug = random.choices(list(REASONS), weights=list(REASONS.values()))[0]
    return next(kind for kind in first_types(plant_id=0) if kind.slug == slug)


def _comes_after(kind: CallType, random: Random) -> timedelta:
    return timedelta(minutes=kind.response_minutes * COMES_AFTER * random.lognormvariate(0, SPREAD))


def _said(kind: CallType, random: Random) -> str | None:
    return random.choice(WORDS[kind.slug][0]) if random.random() < SAID else None


def _escalated(kind: CallType, raised_at: datetime, until: datetime) -> dict[str, object]:
    """What the drain would have noted of a call that nobody answered before `until`."""
    if kind.escalation_minutes is None:
        return {}
    after = timedelta(minutes=kind.escalation_minutes)
    level = min((until - raised_at) // after, 2)
    return {"escalation_level": level, "escalated_at": raised_at + level * after if level else None}
