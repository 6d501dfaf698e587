"""Charts of a run as inline SVG: lines over its time, with what was broken as bands behind them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from app.web.drawing import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    lettering,
    number,
    path,
    value_axis,
)
from lab.report.folder import Fault
from lab.report.numbers import Point

# Marks of the time axis, in seconds; at most so many of them.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
MOST_MARKS = 8
DECADE_MARKS = (1, 2, 5)
# A line is broken where nothing was said for so many of its usual steps.
STEPS_TO_A_GAP = 3.0
BAND_LETTER_HEIGHT = 13
AIR = 1.08


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its name; `kind` is a class of the page's style."""

    name: str
    kind: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Frame:
    """What charts of a run have in common: its time, the bands, and how wide they are."""

    began: float
    ended: float
    faults: Sequence[Fault] = ()
    width: int = WIDTH

    @property
    def right(self) -> int:
        return self.width - RIGHT

    @property
    def across(self) -> Scale:
        return Scale(self.began, self.ended, LEFT, self.right)


def over_time(
    frame: Frame,
    lines: Sequence[Line],
    *,
    title: str,
    growing_tenfold: bool = False,
    most: float | None = None,
) -> Markup:
    """Lines over the run's time, from 0 up; or milliseconds `growing_tenfold` from mark to mark.

    `most` is the top of the scale where that is known; times and rates find theirs.
    """
    values = [value for line in lines for _, value in line.points]
    down = _tenfold(values) if growing_tenfold else _from_zero(values, most)
    body = _bands(frame)
    body += _tenfold_axis(down, frame) if growing_tenfold else value_axis(down, "", end=frame.right)
    body += _time_axis(frame)
    for line in lines:
        places = [
            (frame.across(at), down(math.log10(max(value, 0.1)) if growing_tenfold else value))
            for at, value in line.points
        ]
        for run in _runs(line.points, places):
            body += path(f"line {line.kind}", run)
    if not values:
        body += lettering(
            frame.width / 2, HEIGHT / 2, "middle", "Nothing is known of this", "nothing"
        )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(frame.width, HEIGHT, f"{title}. {_in_words(lines)}", body)


def _from_zero(values: Sequence[float], most: float | None) -> Scale:
    top = most if most is not None else max(values, default=0.0) * AIR
    return Scale(0.0, top or 1.0, HEIGHT - BOTTOM, TOP + BAND_LETTER_HEIGHT)


def _tenfold(values: Sequence[float]) -> Scale:
    """Between the powers of ten around the values, in their exponents."""
    logs = [math.log10(max(value, 0.1)) for value in values] or [0.0, 3.0]
    first, last = math.floor(min(logs)), math.ceil(max(logs))
    return Scale(first, max(last, first + 1), HEIGHT - BOTTOM, TOP + BAND_LETTER_HEIGHT)


def _tenfold_axis(down: Scale, frame: Frame) -> Markup:
    axis = Markup()
    decades = int(down.end - down.start)
    marks = DECADE_MARKS if decades == 1 else (1, 5) if decades == 2 else (1,)  # noqa: PLR2004 (more would touch)
    for decade in range(int(down.start), int(down.end) + 1):
        for mark in marks:
            exponent = decade + math.log10(mark)
            if exponent <= down.end:
                place = down(exponent)
                axis += path("grid", [(LEFT, place), (frame.right, place)])
                axis += lettering(LEFT - 8, place + 4, "end", _lasting(mark * 10.0**decade), "tick")
    return axis


def _lasting(milliseconds: float) -> str:
    if milliseconds >= 100:  # noqa: PLR2004 (as wide a label as there is room for)
        return f"{number(milliseconds / 1000)} s"
    return f"{number(milliseconds)} ms"


def _time_axis(frame: Frame) -> Markup:
    """Marks by how long the run had lasted."""
    lasted = frame.ended - frame.began
    most = MOST_MARKS * frame.width / WIDTH
    step = next((step for step in STEPS if lasted / step <= most), STEPS[-1])
    axis = Markup()
    for mark in range(int(lasted // step) + 1):
        place = frame.across(frame.began + mark * step)
        axis += path("grid", [(place, TOP + BAND_LETTER_HEIGHT), (place, HEIGHT - BOTTOM)])
        # The last may have nothing behind it.
        anchor = "end" if place > frame.right - RIGHT else "middle"
        axis += lettering(place, HEIGHT - BOTTOM + 20, anchor, clock(mark * step), "tick")
    return axis


def clock(seconds: float) -> str:
    """So long after the beginning, as a stopwatch shows it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bands(frame: Frame) -> Markup:
    """Each fault from when it began to when it ended, and fainter until it was not felt."""
    drawn = Markup()
    for count, fault in enumerate(frame.faults, start=1):
        ended = fault.ended if fault.ended is not None else frame.ended
        drawn += _band(frame, "fault", fault.began, ended)
        if fault.recovered is not None and fault.recovered > ended:
            drawn += _band(frame, "felt", ended, fault.recovered)
        place = _within(frame, fault.began)
        drawn += lettering(place + 2, TOP + BAND_LETTER_HEIGHT - 4, "start", str(count), "count")
    return drawn


def _band(frame: Frame, name: str, began: float, ended: float) -> Markup:
    first, last = _within(frame, began), _within(frame, ended)
    # A fault of a moment is seen too.
    wide = max(last - first, 2.0)
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        name, f"{first:.1f}", TOP + BAND_LETTER_HEIGHT, f"{wide:.1f}",
        HEIGHT - BOTTOM - TOP - BAND_LETTER_HEIGHT,
    )  # fmt: skip


def _within(frame: Frame, at: float) -> float:
    return frame.across(min(max(at, frame.began), frame.ended))


def _runs(
    points: Sequence[Point], places: Sequence[tuple[float, float]]
) -> list[list[tuple[float, float]]]:
    """The places in stretches without a gap."""
    steps = sorted(after[0] - before[0] for before, after in pairwise(points))
    usual = steps[len(steps) // 2] if steps else 1.0
    runs: list[list[tuple[float, float]]] = []
    last = -math.inf
    for (at, _), place in zip(points, places, strict=True):
        if at - last > usual * STEPS_TO_A_GAP:
            runs.append([])
        runs[-1].append(place)
        last = at
    return runs


def _in_words(lines: Sequence[Line]) -> str:
    """What a listener should know."""
    said = []
    for line in lines:
        values = [value for _, value in line.points]
        if values:
            said.append(f"{line.name}: {number(min(values))} to {number(max(values))}")
    return "; ".join(said) or "Nothing is known of this"
