"""What is typed of a shift pattern, and of a day that is otherwise."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from app.domain import shifts
from app.models import CalendarDay, Line, ShiftPattern, seen
from app.web.forms import Sheet, Words, choices
from app.web.plant_forms import MOST_PIECES

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_BREAKS = 10
# A line's own number of pieces is a field of this name.
TARGET = "target-"
# As people write it; a dash may be any.
_BREAK = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|\u2013|to)\s*(\d{1,2}:\d{2})")


class DaysField(SelectMultipleField):  # type: ignore[misc]
    """Days of the week, all in view."""


class BreaksField(TextAreaField):  # type: ignore[misc]
    """Breaks, one a line; `data` is as the pattern keeps them."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(" to ".join(each) for each in self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = []
        for line in filter(None, map(str.strip, "".join(valuelist).splitlines())):
            found = _BREAK.fullmatch(line)
            if found is None:
                raise ValueError(f"«{line[:40]}» is no break: write each as «09:00 to 09:15».")
            try:
                self.data.append([f"{_time(text):%H:%M}" for text in found.groups()])
            except ValueError as error:
                raise ValueError(f"«{line[:40]}» is no time of a day.") from error


class PatternForm(Sheet):
    """A shift pattern; `of_lines` adds a field for each line's own number of pieces."""

    name = StringField("Name", [Words(40)])
    starts_at = TimeField("Begins", [InputRequired("Please fill this in.")])
    ends_at = TimeField(
        "Ends",
        [InputRequired("Please fill this in.")],
        description="By the clock on the plant's wall; on the next day, if not after it begins.",
    )
    weekdays = DaysField(
        "Begins on", choices=choices(enumerate(DAYS, start=1)), coerce=int, default=[1, 2, 3, 4, 5]
    )
    breaks = BreaksField("Breaks", description="One a line, such as «09:00 to 09:15».")
    active = BooleanField("Shifts are laid by it", default=True)

    def validate_breaks(self, field: Field) -> None:
        """They follow one another within the shift."""
        if not (self.starts_at.data and self.ends_at.data):
            return
        if len(field.data) > MOST_BREAKS:
            raise ValidationError(f"At most {MOST_BREAKS} breaks.")
        begins, until = self.starts_at.data, 0.0
        field.data.sort(key=lambda spelled: _after(begins, _time(spelled[0])))
        for spelled in field.data:
            at, ends = (_after(begins, _time(text)) for text in spelled)
            if at >= ends or at < until or ends > _after(begins, self.ends_at.data, end=True):
                told = " to ".join(spelled)
                raise ValidationError(f"{told}: breaks are within the shift, one after the other.")
            until = ends

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the pattern."""
        found = super().values
        targets = {
            name.removeprefix(TARGET): found.pop(name)
            for name in list(found)
            if name.startswith(TARGET)
        }
        targets = {line: pieces for line, pieces in targets.items() if pieces is not None}
        return found | {"targets": targets}


class DayForm(Sheet):
    """A day that is otherwise."""

    day = DateField("Day", [InputRequired("Please fill this in.")])
    what = SelectField("What")
    name = StringField("Why", [Words(80)], description="Such as «Christmas», or «Big order».")

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the entry."""
        kind, _, number = self.what.data.partition("-")
        return {
            "day": self.day.data,
            "name": self.name.data,
            "works": kind == "extra",
            "pattern_id": int(number) if number else None,
        }

    def offer(self, patterns: Sequence[ShiftPattern]) -> "DayForm":
        """The same, with what may happen to these patterns."""
        resting = {f"rest-{each.id}": f"{each.name} does not work" for each in patterns}
        extra = {f"extra-{each.id}": f"{each.name} works an extra shift" for each in patterns}
        self.what.choices = choices({"rest": "Holiday: nobody works", **resting, **extra})
        return self


def pattern_form(lines: Sequence[Line], pattern: ShiftPattern | None = None) -> PatternForm:
    """The form for a plant of these lines; filled with the pattern, unless it was sent."""
    fields = {
        f"{TARGET}{line.slug}": IntegerField(
            f"{line.name}: pieces",
            [Optional(), NumberRange(0, MOST_PIECES)],
            description=""
            if at
            else "Left empty, a line makes its target per hour of working time.",
        )
        for at, line in enumerate(lines)
    }
    form_class: type[PatternForm] = type("PatternOfLines", (PatternForm,), fields)
    if pattern is None:
        return form_class()
    targets = {f"{TARGET}{line}": pieces for line, pieces in pattern.targets.items()}
    return form_class(obj=pattern, data={"seen": seen(pattern), **targets})


def told(entry: CalendarDay, patterns: Sequence[ShiftPattern]) -> str:
    """What the entry says, in the words in which it was chosen."""
    name = next((each.name for each in patterns if each.id == entry.pattern_id), None)
    if name is None:
        return "Nobody works"
    return f"{name} works an extra shift" if entry.works else f"{name} does not work"


def _time(text: str) -> time:
    return time.fromisoformat(text.zfill(len("00:00")))


def _after(begins: time, at: time, *, end: bool = False) -> float:
    """How many seconds after the beginning of a shift a time on the clock is."""
    if at == begins and not end:
        return 0.0
    return shifts.length(begins, at).total_seconds()
