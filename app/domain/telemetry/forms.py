"""What a gateway may send, and what is wrong with what it sent.

A batch is taken whole or not at all. The quick way decodes it in one go; only when something is
wrong is it read again item by item, to name each bad one.
"""

import json
import math
import uuid
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from app.models import Moment

LONGEST_BATCH = 5_000

# How many bad items an answer names; a batch of 5,000 wrong ones needs no 5,000 sentences.
NAMED = 100

# What msgspec raises for bytes that are no JSON: nested too deeply and not UTF-8 among them.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Slug = Annotated[str, Meta(min_length=1, max_length=80)]
# Beyond this a mean of several would overflow, in the database too.
Value = Annotated[float, Meta(ge=-1e100, le=1e100)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class ReadingSent(Struct, forbid_unknown_fields=True):
    """One value as a gateway sends it."""

    sensor: Slug
    at: Moment
    value: Value


class OutputSent(Struct, forbid_unknown_fields=True):
    """Pieces made, as a gateway sends them; `id` is the sender's and counts once."""

    id: uuid.UUID
    line: Slug
    at: Moment
    good: Count
    scrap: Count = 0
    operator: Slug | None = None


class BadItem(Struct, frozen=True):
    """One thing wrong with one item: its place in the batch, the field, and why."""

    index: int
    field: str
    reason: str


class Refused(Exception):
    """A batch that cannot be read, or holds bad items; none of it is taken.

    `bad` is empty where the batch as a whole is at fault; `malformed` where it is not JSON.
    """

    def __init__(
        self, reason: str, *, bad: Sequence[BadItem] = (), malformed: bool = False
    ) -> None:
        super().__init__(reason)
        self.bad = tuple(bad)
        self.malformed = malformed

    @property
    def in_short(self) -> str:
        """The reason, with the first bad item."""
        return str(self) + "".join(
            f": {bad.field} {bad.index}: {bad.reason}" for bad in self.bad[:1]
        )


Sent = TypeVar("Sent", ReadingSent, OutputSent)
# For the API's description: `read` says how many it got, which msgspec would not.
_BOUNDS = {"minItems": 1, "maxItems": LONGEST_BATCH}


class Form(Generic[Sent]):
    """How one kind of batch is spelled: `{name: [item, …]}`."""

    def __init__(self, name: str, item: type[Sent]) -> None:
        self.name = name
        items = Annotated[list[item], Meta(extra_json_schema=_BOUNDS)]  # type: ignore[valid-type]
        self.batch = msgspec.defstruct(
            f"{name.title()}Batch", [(name, items)], forbid_unknown_fields=True
        )
        loose = msgspec.defstruct(
            "LooseBatch", [(name, list[msgspec.Raw])], forbid_unknown_fields=True
        )
        self._whole = msgspec.json.Decoder(self.batch)
        self._loose = msgspec.json.Decoder(loose)
        self._item: msgspec.json.Decoder[Sent] = msgspec.json.Decoder(item)

    def read(self, body: bytes) -> list[Sent]:
        """The items, or `Refused` naming what is wrong."""
        try:
            items: list[Sent] = getattr(self._whole.decode(body), self.name)
        except msgspec.ValidationError as error:
            raise self._explained(body, error) from error
        except UNREADABLE as error:
            raise self._malformed(body, error) from error
        if not 1 <= len(items) <= LONGEST_BATCH:
            raise Refused(f"{self.name}: {len(items)} items; a batch has 1 to {LONGEST_BATCH}")
        return items

    def _explained(self, body: bytes, error: msgspec.ValidationError) -> Refused:
        """The error of the whole, told item by item where the batch has items."""
        try:
            raws: list[msgspec.Raw] = getattr(self._loose.decode(body), self.name)
        except msgspec.ValidationError:
            return Refused(str(error))
        except UNREADABLE as malformed:
            return self._malformed(body, malformed)
        bad = []
        for index, raw in enumerate(raws[:LONGEST_BATCH]):
            try:
                self._item.decode(raw)
            except UNREADABLE as wrong:
                bad.append(_bad_item(index, str(wrong)))
        return refused(bad)

    def _malformed(self, body: bytes, error: Exception) -> Refused:
        """Python's own reader takes NaN and Infinity, which JSON has not: then items are named."""
        try:
            items = json.loads(body)[self.name]
            bad = [
                BadItem(index, field, "is not a finite number")
                for index, item in enumerate(items)
                for field, value in item.items()
                if isinstance(value, float) and not math.isfinite(value)
            ]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            bad = []
        if bad:
            return refused(bad)
        return Refused(f"the body is not JSON: {error}", malformed=True)


def refused(bad: Sequence[BadItem]) -> Refused:
    """The refusal of a batch for its bad items."""
    count = "1 item is" if len(bad) == 1 else f"{len(bad)} items are"
    return Refused(f"{count} wrong; none was taken", bad=bad[:NAMED])


def _bad_item(index: int, message: str) -> BadItem:
    """An item's error from msgspec's words: «Expected `float`, got `str` - at `$.value`»."""
    reason, _, path = message.partition(" - at ")
    field = path.strip("`").removeprefix("$").lstrip(".")
    if not field and "field `" in reason:
        field = reason.split("`")[1]  # «Object missing required field `at`»
    return BadItem(index, field, reason)


READINGS = Form("readings", ReadingSent)
OUTPUT = Form("output", OutputSent)
