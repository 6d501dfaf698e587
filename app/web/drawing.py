"""What drawings have in common: a scale, an axis, lines and words, as SVG.

Colours are classes of `andon.css`. All text is escaped on its way into the markup.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

# A chart in units of its own; the page scales it.
WIDTH, HEIGHT = 960, 280
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 14, 34

MOST_VALUE_TICKS = 6


@dataclass(frozen=True, slots=True)
class Scale:
    """Puts values between `start` and `end` between two places of a drawing."""

    start: float
    end: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """The place of a value; the middle when there is no extent."""
        if self.end == self.start:
            return (self.first + self.last) / 2
        share = (value - self.start) / (self.end - self.start)
        return self.first + share * (self.last - self.first)


def number(value: float) -> str:
    """Two decimals at most, or three digits of a small value."""
    small = 0 < abs(value) < 1
    decimals = min(9, 2 - math.floor(math.log10(abs(value)))) if small else 2
    # Adding nothing turns a negative zero into a zero.
    return f"{value + 0:,.{decimals}f}".rstrip("0").rstrip(".")


def value_axis(y: Scale, unit: str, *, end: float = WIDTH - RIGHT) -> Markup:
    """Grid lines at round values, up to `end`."""
    step = _round_step((y.end - y.start) / MOST_VALUE_TICKS)
    axis = lettering(LEFT - 8, HEIGHT - BOTTOM + 20, "end", unit, "unit")
    for tick in range(math.ceil(y.start / step), math.floor(y.end / step) + 1):
        place = y(tick * step)
        axis += path("grid", [(LEFT, place), (end, place)])
        axis += lettering(LEFT - 8, place + 4, "end", number(round(tick * step, 9)), "tick")
    return axis


def _round_step(least: float) -> float:
    """The first of 1, 2, 2.5 and 5 times a power of ten that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= least)


def path(name: str, places: Sequence[tuple[float, float]], *, closed: bool = False) -> Markup:
    """Straight lines through the places; one place alone becomes a dot by its round cap."""
    way = "L".join(f"{across:.1f} {down:.1f}" for across, down in places)
    end = "Z" if closed else "h0" if len(places) == 1 else ""
    return Markup('<path class="{}" d="M{}{}"/>').format(name, way, end)


def lettering(across: float, down: float, anchor: str, text: str, name: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        name, f"{across:.1f}", f"{down:.1f}", anchor, text
    )
