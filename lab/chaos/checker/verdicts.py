"""A verdict, and how events are sorted for one."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from lab.chaos.history import Event

E = TypeVar("E", bound=Event)
SHOWN = 3


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a promise was kept, what was counted, and in words what was wrong."""

    name: str
    holds: bool
    counted: str
    words: str


def verdict(name: str, *, counted: int, of: str, wrong: Sequence[str]) -> Verdict:
    """Holds where something was counted and nothing is wrong; the first wrongs are told."""
    words = "; ".join(wrong[:SHOWN]) + (f"; and {len(wrong) - SHOWN} more" * (len(wrong) > SHOWN))
    if not counted:
        words = "nothing was counted, so nothing is proven"
    return Verdict(
        name=name, holds=bool(counted) and not wrong, counted=f"{counted:,} {of}", words=words
    )


def of_kind(history: Iterable[Event], kind: type[E]) -> list[E]:
    """The events of one kind, in the order in which they were noted."""
    return [event for event in history if type(event) is kind]
