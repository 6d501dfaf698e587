"""Why a plant is not to work so, in words and with a stable code."""

from datetime import date


class ShiftsError(Exception):
    """The base of what this room refuses."""

    code = "shifts"


class NoSuchPattern(ShiftsError):
    """The plant has no shift pattern of this number."""

    code = "no-such-shift-pattern"

    def __init__(self, number: int) -> None:
        super().__init__(f"this plant has no shift pattern {number}")


class NoSuchDay(ShiftsError):
    """The calendar has no such entry, or it was taken out."""

    code = "no-such-calendar-day"

    def __init__(self, number: int) -> None:
        super().__init__(f"the calendar has no entry {number}")


class DayTaken(ShiftsError):
    """The calendar says something else of this day and shift already."""

    code = "calendar-day-taken"

    def __init__(self, day: date) -> None:
        super().__init__(f"the calendar has an entry for {day} and this shift already")


class ShiftsOverlap(ShiftsError):
    """Two shifts would be on at once; it says which, and when."""

    code = "shifts-overlap"

    def __init__(self, first: str, second: str, when: str) -> None:
        super().__init__(f"{first} and {second} would overlap on {when}")
