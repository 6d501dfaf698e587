"""What each route of the API says of itself, beside its code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import Struct

View = TypeVar("View", bound=Callable[..., object])


class Wrong(Struct, frozen=True):
    """One thing that is wrong: with a parameter, or with an item of a batch."""

    field: str
    reason: str
    index: int | None = None


class ProblemTold(Struct, frozen=True):
    """Why it was refused (RFC 9457): `type` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []


@dataclass(frozen=True, slots=True)
class Description:
    """A route in words and types; `problems` are those that its guard does not bring along."""

    summary: str
    answers: Mapping[int, Any]
    problems: Mapping[int, str] = field(default_factory=dict)
    # Types of what the path names, where not any text will do.
    path: Mapping[str, Any] = field(default_factory=dict)
    query: type[Struct] | None = None
    body: Any = None
    may_be_unchanged: bool = False
    # Whether it comes in parts, each with a link to the next.
    is_paged: bool = False
    # Which operation takes what from the answer: JSON pointers, by its parameters.
    leads_to: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def described(summary: str, **more: Any) -> Callable[[View], View]:  # noqa: ANN401 (a description's)
    """Says what `Description` has fields for; without it a route of the API fails the tests."""

    def state(view: View) -> View:
        view.description = Description(summary, **more)  # type: ignore[attr-defined]
        return view

    return state
