"""Forms whose token is the session's own."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, Self

from flask_wtf import FlaskForm
from wtforms import Field, FloatField, HiddenField, RadioField, SelectChoice, ValidationError
from wtforms.validators import Length

from app.models import Changeable, ChangedMeanwhile, seen
from app.sessions.csrf import SessionCSRF


class Form(FlaskForm):  # type: ignore[misc]
    """A form of ours; nothing of it is stored before it is sent."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Whose token it is."""

        csrf_class = SessionCSRF


class Sheet(Form):
    """A form of an administrator's page: the guard of its route has checked the token.

    It carries what its row said when it was shown, and comes back with all that was typed.
    """

    class Meta(Form.Meta):
        """Whose token it is."""

        csrf = False

    seen = HiddenField()

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, without what the form carries along."""
        return {name: value for name, value in self.data.items() if name != "seen"}

    @property
    def as_seen(self) -> str:
        """What its row said when it was shown; a form that does not say has seen nothing."""
        return self.seen.data or ""

    @classmethod
    def of(cls, row: Changeable) -> Self:
        """The form of a row as it is stored."""
        return cls(formdata=None, obj=row, seen=seen(row))

    def tell(self, meanwhile: ChangedMeanwhile, row: Changeable) -> None:
        """Say beside each field what somebody else stored; sent again, what was typed holds."""
        self.seen.data, self.seen.raw_data = seen(row), None
        for name, value in meanwhile.stored.items():
            if name in self and self[name].data != value:
                self[name].errors = [*self[name].errors, f"Stored meanwhile: {in_words(value)}."]


class Words:
    """One line of text that shows, of at most so many characters; spaces around it are cut off."""

    def __init__(self, most: int) -> None:
        self._length = Length(1, most)
        self.field_flags = {"required": True, "maxlength": most}

    def __call__(self, form: Form, field: Field) -> None:
        field.data = (field.data or "").strip()
        if not field.data:
            raise ValidationError("Please fill this in.")
        if not field.data.isprintable():
            raise ValidationError("One line of text, please.")
        self._length(form, field)


class ChoicesField(RadioField):  # type: ignore[misc]
    """One of a few, all in view."""


class MeasuredField(FloatField):  # type: ignore[misc]
    """A number that may be left out; never NaN, nor larger than a mean could bear."""

    MOST = 1e100
    data: float | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:.12g}"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = "".join(valuelist).strip().replace(",", ".")
        self.data = None
        if text:
            super().process_formdata([text])
        # NaN is not less than anything.
        if self.data is not None and not abs(float(self.data)) <= self.MOST:
            self.data = None
            raise ValueError("That is not a number one can measure.")


def choices(words: Mapping[Any, str] | Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """What may be chosen: each value, and what it is called."""
    pairs = words.items() if isinstance(words, Mapping) else words
    return [SelectChoice(value, label) for value, label in pairs]


def in_words(value: object) -> str:
    """A stored value, as one would have typed it."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
