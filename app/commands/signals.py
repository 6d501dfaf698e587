"""Sensor values as machines give them: they wander, fall when a line stands, and break out."""

import math
from dataclasses import dataclass
from random import Random

# Between a low and a high limit a process is held a little above the middle; a limit above
# which a machine suffers is set well over what it shows on a good day.
HELD_AT = 0.55
BELOW_HIGH = 0.62
# How much of its usual value a machine still shows when its line stands. What has a low limit
# is held there by a controller, line or no line.
STANDING = {"temperature": 0.7}
STANDING_OTHERWISE = 0.15
# Limits are more often passed upwards, by heat and wear, than downwards.
BREACHES_BELOW = 0.3


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual for a sensor: its level at work and at rest, its spread, and its reach."""

    working: float
    resting: float
    spread: float
    over: float
    under: float | None


def habit(*, metric: str, low: float | None, high: float | None) -> Habit:
    """The habit that fits a sensor's limits: inside them with room to wander."""
    if high is None:
        working = 1.0 if low is None else max(low * 1.5, low + 1.0)
        return Habit(working, working, abs(working) * 0.03, working * 1.5, low)
    if low is None:
        working = high * BELOW_HIGH
        resting = working * STANDING.get(metric, STANDING_OTHERWISE)
        return Habit(working, resting, abs(high) * 0.03, high + abs(high) * 0.06, None)
    span = high - low
    working = low + span * HELD_AT
    return Habit(working, working, span * 0.05, high + span * 0.08, low - span * 0.08)


class Signal:
    """One sensor, asked step by step; the same random source gives the same values."""

    def __init__(
        self,
        usual: Habit,
        random: Random,
        *,
        memory: float,
        breach_chance: float,
        breach_steps: tuple[int, int],
    ) -> None:
        self._usual = usual
        self._random = random
        self._memory = memory
        # A uniform draw has a variance of 1/12; remembered like this it spreads as wanted.
        self._stride = usual.spread * math.sqrt(12 * (1 - memory * memory))
        self._wander = 0.0
        self._load = 1.0
        self._breach_chance = breach_chance
        self._breach_steps = breach_steps
        self._breach_left = 0
        self._beyond = usual.over

    def next(self, activity: float) -> float:
        """The value one step later, on a line that works at `activity` (0 stands, 1 runs)."""
        draw = self._random.random
        self._wander = self._memory * self._wander + self._stride * (draw() - 0.5)
        self._load += (activity - self._load) * 0.5
        if self._breach_left:
            self._breach_left -= 1
            # Outwards only: noise must not bring it back inside its limits.
            outwards = self._beyond - self._usual.working
            return self._beyond + math.copysign(self._wander, outwards)
        if draw() < self._breach_chance:
            self._break_out()
        usual = self._usual
        return usual.resting + (usual.working - usual.resting) * self._load + self._wander

    def _break_out(self) -> None:
        usual = self._usual
        below = usual.under is not None and self._random.random() < BREACHES_BELOW
        self._beyond = usual.under if below and usual.under is not None else usual.over
        self._breach_left = self._random.randint(*self._breach_steps)
