"""When a plant works: patterns that come back, days that are otherwise, and shifts laid ahead."""

from app.domain.shifts.calendar import Planned, length
from app.domain.shifts.errors import (
    DayTaken,
    NoSuchDay,
    NoSuchPattern,
    ShiftsError,
    ShiftsOverlap,
)
from app.domain.shifts.laying import AHEAD, Laid, lay
from app.domain.shifts.planning import (
    add_day,
    change_pattern,
    days,
    find_pattern,
    make_pattern,
    patterns,
    remove_day,
)

__all__ = [
    "AHEAD",
    "DayTaken",
    "Laid",
    "NoSuchDay",
    "NoSuchPattern",
    "Planned",
    "ShiftsError",
    "ShiftsOverlap",
    "add_day",
    "change_pattern",
    "days",
    "find_pattern",
    "lay",
    "length",
    "make_pattern",
    "patterns",
    "remove_day",
]
