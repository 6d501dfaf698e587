"""Charts as inline SVG, made on the server: they work without scripts, and they print.

Colours are classes of `andon.css`. All text is escaped on its way into the markup.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TypeVar

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

Point = tuple[datetime, float]
# When a bucket begins, and the least, the mean and the greatest value in it.
Bucket = tuple[datetime, float, float, float]
Item = TypeVar("Item", Point, Bucket)

# Values further apart than this many usual steps have a gap between them. Readings that come a
# little slower than the buckets leave every few buckets empty: two steps are no gap yet.
STEPS_TO_A_GAP = 2.5

MOST_TIME_TICKS = 9

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
# Distances between the marks of a time axis that people count in.
TIME_STEPS = (
    *(1, 5, 15, 30),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 28)),
    *(n * YEAR for n in (0.25, 0.5, 1, 2, 5)),
)


def progress(actual: int, target: int | None, *, full: int | None = None) -> Markup:
    """A bar of the pieces made, marked where the line should be by now.

    Its width is `full`, the target of the shift, or whatever is greater.
    """
    end = max(full or 0, actual, target or 0, 1)
    return Markup(
        '<svg class="progress" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="progress-track" width="100" height="10"/>'
        '<rect class="progress-bar" width="{bar}" height="10"/>'
        '<rect class="progress-mark" x="{mark}" width="{thick}" height="10"/></svg>'
    ).format(
        bar=f"{100 * actual / end:.2f}",
        mark=f"{min(99.0, 100 * (target or 0) / end):.2f}",
        thick=0 if target is None else 1,
    )


def sparkline(
    points: Sequence[Point], *, low: float | None, high: float | None, width: int, height: int
) -> Markup:
    """The way of a value in the space of a few words, over its safe range."""
    points = [point for point in points if math.isfinite(point[1])]
    body, label = Markup(), "No values yet"
    if points:
        values = [value for _, value in points]
        x = Scale(points[0][0].timestamp(), points[-1][0].timestamp(), 4, width - 6)
        y = Scale(*_extent(values, low, high), height - 2, 2)
        body = _safe_range(y, low=low, high=high, width=width, height=height)
        for run in _runs(points):
            body += path("spark-line", [(x(at.timestamp()), y(value)) for at, value in run])
        body += path("spark-dot", [(x(points[-1][0].timestamp()), y(values[-1]))])
        label = f"From {number(min(values))} to {number(max(values))}, last {number(values[-1])}"
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none"'
        ' role="img" aria-label="{}">{}</svg>'
    ).format(width, height, label, body)


def history(
    buckets: Sequence[Bucket],
    *,
    low: float | None,
    high: float | None,
    since: datetime,
    until: datetime,
    unit: str,
) -> Markup:
    """The least, mean and greatest value of each bucket over time.

    The band keeps the shortest spike; a time without values stays empty.
    """
    buckets = [each for each in buckets if all(map(math.isfinite, each[1:]))]
    values = [value for _, *three in buckets for value in three]
    x = Scale(since.timestamp(), until.timestamp(), LEFT, WIDTH - RIGHT)
    y = Scale(*_extent(values, low, high), HEIGHT - BOTTOM, TOP)
    body = value_axis(y, unit) + time_axis(x, since, until)
    for run in _runs(buckets):
        body += _band(run, x, y)
    body += _limit(y, low, "low", below=True) + _limit(y, high, "high", below=False)
    if not buckets:
        body += lettering(WIDTH / 2, HEIGHT / 2, "middle", "No values in this time", "nothing")
    return Markup(
        '<svg class="history" viewBox="0 0 {} {}" role="img"'
        ' aria-labelledby="history-title history-desc">'
        '<title id="history-title">{}</title><desc id="history-desc">{}</desc>{}</svg>'
    ).format(
        WIDTH,
        HEIGHT,
        f"{since:%d %b %H:%M} to {until:%d %b %H:%M %Z}",
        _in_words(buckets, low=low, high=high, unit=unit),
        body,
    )


def _in_words(
    buckets: Sequence[Bucket], *, low: float | None, high: float | None, unit: str
) -> str:
    """What a listener should know of a history."""
    if not buckets:
        return "No values in this time."
    least = min(least for _, least, _, _ in buckets)
    greatest = max(greatest for _, _, _, greatest in buckets)
    words = [f"Between {number(least)} and {number(greatest)} {unit}."]
    if high is not None and greatest > high:
        words.append(f"Above the limit of {number(high)} {unit} at times.")
    if low is not None and least < low:
        words.append(f"Below the limit of {number(low)} {unit} at times.")
    return " ".join(words)


def _extent(values: Sequence[float], *limits: float | None) -> tuple[float, float]:
    """The values and their limits with some air, so that «far from the limit» looks far."""
    shown = [*values, *(limit for limit in limits if limit is not None)] or [0.0, 1.0]
    least, greatest = min(shown), max(shown)
    air = 0.06 * (greatest - least) or 0.05 * abs(greatest) or 1.0
    return least - air, greatest + air


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in stretches without a gap."""
    distances = [(after[0] - before[0]).total_seconds() for before, after in pairwise(items)]
    usual = median(distances or [0])
    start = 0
    for end, distance in enumerate(distances, start=1):
        if distance > usual * STEPS_TO_A_GAP:
            yield list(items[start:end])
            start = end
    if items:
        yield list(items[start:])


def _band(run: Sequence[Bucket], x: Scale, y: Scale) -> Markup:
    """Least to greatest as an area, with the mean on top."""
    places = [(x(at.timestamp()), y(least), y(mean), y(most)) for at, least, mean, most in run]
    around = [(at, most) for at, _, _, most in places]
    around += [(at, least) for at, least, _, _ in reversed(places)]
    return path("band", around, closed=True) + path("mean", [(at, m) for at, _, m, _ in places])


def _limit(y: Scale, limit: float | None, name: str, *, below: bool) -> Markup:
    """A line at a limit, named on the side where nothing should be."""
    if limit is None:
        return Markup()
    end, place = WIDTH - RIGHT, y(limit)
    name_place = place + 14 if below else place - 5
    return path("limit", [(LEFT, place), (end, place)]) + lettering(
        end, name_place, "end", f"{name} {number(limit)}", "limit-name"
    )


def time_axis(
    x: Scale, since: datetime, until: datetime, *, bottom: float = HEIGHT - BOTTOM
) -> Markup:
    """Marks at round times of the day, in the zone of `since`, down to `bottom`."""
    span = max((until - since).total_seconds(), 1)
    step = next((each for each in TIME_STEPS if span / each <= MOST_TIME_TICKS), TIME_STEPS[-1])
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    first = math.ceil((since - midnight).total_seconds() / step)
    axis = Markup()
    for tick in range(first, first + MOST_TIME_TICKS + 1):
        at = midnight + timedelta(seconds=tick * step)
        if at > until:
            break
        place = x(at.timestamp())
        axis += path("grid", [(place, TOP), (place, bottom)])
        axis += lettering(place, bottom + 20, "middle", _time_label(at, step), "tick")
    return axis


def _time_label(at: datetime, step: float) -> str:
    if step > 28 * DAY:
        return f"{at:%b %Y}"
    if step >= DAY or (at.hour, at.minute, at.second) == (0, 0, 0):
        return f"{at:%d %b}"
    return f"{at:%H:%M:%S}" if step < MINUTE else f"{at:%H:%M}"


def _safe_range(
    y: Scale, *, low: float | None, high: float | None, width: int, height: int
) -> Markup:
    """The part of a sparkline's height in which nothing is wrong."""
    if low is None and high is None:
        return Markup()
    above = 0.0 if high is None else y(high)
    below = float(height) if low is None else y(low)
    return Markup('<rect class="spark-safe" y="{}" width="{}" height="{}"/>').format(
        f"{above:.1f}", width, f"{max(below - above, 0):.1f}"
    )
