"""Charts of reports as inline SVG: columns, a Pareto, spreads and shares. See `charts`.

Beside each stands a table with the same numbers: what is drawn is said there, too.
"""

from collections.abc import Sequence
from typing import NamedTuple

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

# Of a place's width, what its column takes; the widest column still looks like one.
FILLED, WIDEST = 0.72, 90
MOST_LABELS = 14
LETTER_WIDTH = 7
# The axis of percentages on the right of a Pareto.
PERCENT_RIGHT = 52
# A spread has a row for each name, and names to the left.
ROW, NAMES, FIGURES = 34, 150, 70


class Column(NamedTuple):
    """Good pieces with scrap on top, and how many were due; `due` is None where nothing was."""

    label: str
    good: float
    scrap: float
    due: float | None


class Lost(NamedTuple):
    """What one cause cost, in minutes, and how much it and all dearer ones explain (0 to 1)."""

    label: str
    minutes: float
    cumulative: float


class Spread(NamedTuple):
    """The middle, 90th percentile and worst of some times, in minutes; late past `limit`."""

    label: str
    middle: float
    ninety: float
    worst: float
    limit: float | None


def columns(items: Sequence[Column], *, about: str) -> Markup:
    """Pieces over time against what was due."""
    most = max([1.0, *(item.good + item.scrap for item in items), *(it.due or 0 for it in items)])
    y = Scale(0, most * 1.06, HEIGHT - BOTTOM, TOP)
    body = value_axis(y, "")
    place = (WIDTH - RIGHT - LEFT) / max(len(items), 1)
    for n, item in enumerate(items):
        middle = LEFT + (n + 0.5) * place
        good, all_made = y(item.good), y(item.good + item.scrap)
        body += _column("bar-good", middle, good, y(0), place)
        body += _column("bar-scrap", middle, all_made, good, place)
        if item.due is not None:
            reach = min(place * 0.94, WIDEST * 1.2) / 2
            body += path("due", [(middle - reach, y(item.due)), (middle + reach, y(item.due))])
    return _figure(body + _labels([item.label for item in items], place), about)


def pareto(items: Sequence[Lost], *, about: str) -> Markup:
    """What cost most first, and the line of how much is explained so far."""
    right = WIDTH - PERCENT_RIGHT
    most = max([item.minutes for item in items], default=0) or 1
    y = Scale(0, most * 1.06, HEIGHT - BOTTOM, TOP)
    percent = Scale(0, 1, HEIGHT - BOTTOM, TOP)
    body = value_axis(y, "min", end=right)
    for share in (0.0, 0.5, 1.0):
        body += lettering(right + 8, percent(share) + 4, "start", f"{share:.0%}", "tick")
    place = (right - LEFT) / max(len(items), 1)
    line = []
    for n, item in enumerate(items):
        middle = LEFT + (n + 0.5) * place
        body += _column("bar-lost", middle, y(item.minutes), y(0), place)
        line.append((middle, percent(item.cumulative)))
    body += path("cumulative", line) if line else Markup()
    for across, down in line:
        body += path("cumulative-dot", [(across, down)])
    return _figure(body + _labels([item.label for item in items], place), about)


def spreads(items: Sequence[Spread], *, about: str) -> Markup:
    """From nothing to the middle, on to the 90th percentile, the worst, and from when it is late.

    One that is far worse than all others would leave no room for them: it stands at the edge.
    """
    height = ROW * max(len(items), 1) + BOTTOM + TOP
    most = max([1, *(max(item.ninety, item.limit or 0) for item in items)]) * 1.3
    x = Scale(0, most, NAMES, WIDTH - FIGURES)
    body = Markup()
    for n, item in enumerate(items):
        down = TOP + (n + 0.5) * ROW
        body += lettering(NAMES - 10, down + 4, "end", item.label, "name")
        body += path("spread", [(x(0), down), (x(item.ninety), down)])
        body += path("spread-middle", [(x(0), down), (x(item.middle), down)])
        worst = x(min(item.worst, most))
        body += path("worst", [(worst, down - 8), (worst, down + 8)])
        body += lettering(WIDTH - FIGURES + 10, down + 4, "start", _minutes(item.worst), "tick")
        if item.limit is not None:
            body += path(
                "limit", [(x(item.limit), down - ROW / 2), (x(item.limit), down + ROW / 2)]
            )
    return _figure(body, about, height=height)


def share(value: float | None) -> Markup:
    """A bar of so much of the whole; what is above it is cut, and said beside it."""
    return Markup(
        '<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="progress-track" width="100" height="10"/>'
        '<rect class="share-bar" width="{}" height="10"/></svg>'
    ).format(f"{100 * min(max(value or 0, 0), 1):.2f}")


def _minutes(value: float) -> str:
    return f"{number(round(value, 1))} min"


def _column(name: str, middle: float, top: float, bottom: float, place: float) -> Markup:
    width = min(place * FILLED, WIDEST)
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        name,
        f"{middle - width / 2:.1f}",
        f"{top:.1f}",
        f"{width:.1f}",
        f"{max(bottom - top, 0):.1f}",
    )


def _labels(labels: Sequence[str], place: float) -> Markup:
    """Every label, or every second, third, …: as many as have room."""
    widest = max([len(label) for label in labels], default=0) * LETTER_WIDTH + 10
    step = max(-(-widest // int(max(place, 1))), -(-len(labels) // MOST_LABELS), 1)
    marks = Markup()
    for n in range(0, len(labels), step):
        across = LEFT + (n + 0.5) * place
        marks += lettering(across, HEIGHT - BOTTOM + 20, "middle", labels[n], "tick")
    return marks


def _figure(body: Markup, about: str, *, height: float = HEIGHT) -> Markup:
    return Markup(
        '<svg class="history" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, f"{height:.0f}", about, body)
