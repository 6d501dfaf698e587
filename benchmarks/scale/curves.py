"""A cost as there are more and more of something, and where it begins to grow."""

from collections.abc import Mapping
from dataclasses import dataclass

# A unit's cost that grew by less has not bent: machines have moods.
BENT = 1.3


@dataclass(frozen=True, slots=True)
class Point:
    many: int
    cost: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What one costs while there are so many; `why` says what limits it where it bends."""

    name: str
    of: str
    unit: str
    points: list[Point]
    why: str = ""

    @property
    def growth(self) -> float:
        """How many times as dear one is at the end as at the start."""
        return self.points[-1].cost / self.points[0].cost if self.points[0].cost else 1.0

    @property
    def bends_at(self) -> int | None:
        """The first number at which one costs clearly more than at the start; None: at none."""
        first = self.points[0].cost
        return next((each.many for each in self.points if each.cost > BENT * first), None)

    @property
    def last(self) -> float:
        return self.points[-1].cost


def curve(name: str, of: str, unit: str, costs: Mapping[int, float], why: str = "") -> Curve:
    """From costs by how many there were."""
    return Curve(name, of, unit, [Point(many, round(cost, 4)) for many, cost in costs.items()], why)


def row(each: Curve) -> list[str]:
    """A line of the table: the cost at each number, and where it bends."""
    bends = f"at {each.bends_at:,.0f}" if each.bends_at else "no"
    costs = " · ".join(told(point.cost) for point in each.points)
    numbers = " · ".join(f"{point.many:,.0f}" for point in each.points)
    return [each.name, each.unit, numbers, costs, f"{each.growth:.2f}", bends, each.why]


def told(cost: float) -> str:
    """Three digits, or all before the point."""
    return f"{cost:,.0f}" if abs(cost) >= 100 else f"{cost:.3g}"  # noqa: PLR2004 (three digits)


HEAD = ("one", "costs", "at", "", "last : first", "bends", "what limits it")
