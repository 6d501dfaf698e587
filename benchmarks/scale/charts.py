"""The curves as drawings: what one costs, as a multiple of what it cost at first."""

from collections.abc import Sequence
from itertools import count
from xml.sax.saxutils import escape

from benchmarks.scale.curves import Curve, told

NAMESPACE = "http://www.w3.org/2000/svg"
WIDTH, HEIGHT = 760, 330
LEFT, RIGHT, TOP, BOTTOM = 56, 300, 40, 44
COLOURS = (
    *("#0b62a4", "#c2410c", "#15803d", "#7c3aed", "#a16207"),
    *("#0e7490", "#be123c", "#4d7c0f", "#6b7280", "#db2777"),
)
MOST_LINES = 6
# Of light paper, whatever the page around it is.
PAPER, INK, FAINT = "#ffffff", "#1f2937", "#d1d5db"


def chart(title: str, curves: Sequence[Curve]) -> str:
    """One drawing; a flat line costs the same however many there are."""
    highest = max(2.0, *(point.cost / _first(each) for each in curves for point in each.points))
    drawn = [
        f'<svg xmlns="{NAMESPACE}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _words(LEFT, 22, title, size=15),
        *_grid(highest, curves),
    ]
    for number, each in enumerate(curves):
        drawn += _line(each, highest, COLOURS[number % len(COLOURS)], number)
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _grid(highest: float, curves: Sequence[Curve]) -> list[str]:
    steps = (n * 10.0**power for power in count(-1) for n in (1, 2, 5))
    step = next(step for step in steps if highest / step <= MOST_LINES)
    drawn = []
    for tick in range(int(highest / step) + 1):
        y = _y(tick * step, highest)
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{FAINT}"/>')
        drawn.append(_words(LEFT - 8, y + 4, f"{tick * step:g}", anchor="end"))
    points = max((each.points for each in curves), key=len)
    for place, point in enumerate(points):
        x = _x(place, len(points))
        drawn.append(_words(x, HEIGHT - BOTTOM + 18, f"{point.many:,.0f}", anchor="middle"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*drawn, _words(middle, HEIGHT - 8, curves[0].of, anchor="middle")]


def _line(each: Curve, highest: float, colour: str, number: int) -> list[str]:
    places = [
        (_x(place, len(each.points)), _y(point.cost / _first(each), highest))
        for place, point in enumerate(each.points)
    ]
    path = " ".join(f"{x},{y}" for x, y in places)
    y = TOP + 8 + number * 26
    cost = f"{told(each.points[0].cost)} → {told(each.last)} {each.unit}"
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places),
        _words(WIDTH - RIGHT + 16, y, each.name, colour=colour),
        _words(WIDTH - RIGHT + 16, y + 12, cost, size=10),
    ]


def _x(place: int, points: int) -> float:
    return round(LEFT + place * (WIDTH - RIGHT - LEFT) / max(1, points - 1), 1)


def _y(value: float, highest: float) -> float:
    return round(HEIGHT - BOTTOM - value / highest * (HEIGHT - BOTTOM - TOP), 1)


def _first(each: Curve) -> float:
    return each.points[0].cost or 1.0


def _words(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", colour: str = INK
) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
