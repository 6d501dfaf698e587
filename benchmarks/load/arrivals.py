"""How many come when: the same all the time, or a shift's change in the middle of it."""

from typing import NamedTuple

SHAPES = ("shift", "steady")
# At a change of shift those who go look once more while those who come are there already.
SPIKE = 3
# The spike's part of the whole time.
SPIKE_FROM, SPIKE_TO = 0.4, 0.7
# Machines are there at once. People come and go through a door, which so many use as long as this.
DOOR_AFTER_SECONDS = 3
THROUGH_THE_DOOR_SECONDS = 6
# After the end nobody asks, and what workers have counted still arrives: they report every 3 s.
QUIET_SECONDS = 5


class Crowd(NamedTuple):
    """How many of each kind there are; machines stay the same, people come and go."""

    screens: int
    gateways: int
    people: int

    @property
    def machines(self) -> int:
        return self.screens + self.gateways

    @property
    def people_a_second(self) -> float:
        """How many come, or go: whoever signs in costs the plant a tenth of a second of CPU."""
        return max(1.0, self.people / THROUGH_THE_DOOR_SECONDS)

    @property
    def most_people(self) -> int:
        return self.people * SPIKE


def users_at(seconds: float, crowd: Crowd, *, shape: str, lasting: float) -> int | None:
    """How many there are after so many seconds; 0 in the quiet at the end, and then None."""
    if seconds >= lasting + QUIET_SECONDS:
        return None
    if seconds >= lasting:
        return 0
    if seconds < DOOR_AFTER_SECONDS:
        return crowd.machines
    is_spike = shape == "shift" and SPIKE_FROM <= seconds / lasting < SPIKE_TO
    return crowd.machines + (crowd.most_people if is_spike else crowd.people)
