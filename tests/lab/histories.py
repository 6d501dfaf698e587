"""Histories in a few words: each builder gives one event of a run in which all is well."""

from collections.abc import Sequence
from typing import Any, Literal

from lab.chaos.checker import Judge
from lab.chaos.history import (
    ACCEPTED,
    BALANCER,
    CREATED,
    OK,
    SEE_OTHER,
    CallRow,
    Event,
    Faulted,
    Heard,
    Listened,
    Pulled,
    Read,
    Scores,
    Sent,
    SignedIn,
    SignedOut,
    Stored,
    Visited,
    Wrote,
    value_of,
)

Kind = Literal["readings", "output"]
Step = Literal["raised", "acknowledged", "resolved"]
When = Literal["before", "after"]
LINE, THING, WHO = "press-1", "line:weld-1", 7


def request(at: float, status: int, *, via: str = BALANCER, took: float = 0.1) -> dict[str, Any]:
    """A request that was answered at that second."""
    return {"route": "-", "via": via, "began": at - took, "ended": at, "status": status}


def sent(at: float, first: int, *, status: int = ACCEPTED, kind: Kind = "readings") -> Sent:
    return Sent(**request(at, status), kind=kind, line=LINE, first=first, last=first + 1)


def stored(*numbers: int, kind: Kind = "readings", line: str = LINE) -> Stored:
    return Stored(kind=kind, rows=[(n, line, value_of(kind, n)) for n in numbers])


def wrote(at: float, version: int, *, via: str = "i-1", status: int = OK) -> Wrote:
    return Wrote(**request(at, status, via=via), thing=THING, version=version)


def read(at: float, version: int, *, via: str = "i-2") -> Read:
    return Read(**request(at, OK, via=via), thing=THING, version=version, reader="a board")


def signed_in(at: float, *, status: int = SEE_OTHER) -> SignedIn:
    return SignedIn(**request(at, status), session="ann")


def signed_out(at: float, *, status: int = SEE_OTHER) -> SignedOut:
    return SignedOut(**request(at, status), session="ann")


def visited(at: float, *, let_in: bool | None) -> Visited:
    return Visited(**request(at, OK), session="ann", let_in=let_in)


def pulled(at: float, step: Step, *, call: int = 1, status: int = OK) -> Pulled:
    status = CREATED if step == "raised" and status == OK else status
    facts = request(at, status)
    return Pulled(**facts, step=step, call=call, line=LINE, who=WHO, tried_since=facts["began"])


def call(number: int, raised: float, resolved: float | None, **other: object) -> CallRow:
    row: dict[str, Any] = {
        "call": number,
        "line": LINE,
        "critical": True,
        "raised_at": raised,
        "raised_by": WHO,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_at": resolved,
        "resolved_by": WHO if resolved is not None else None,
    }
    return CallRow(**row | other)


def scores(when: When, **rows: int) -> Scores:
    return Scores(
        when=when, source="cache", rows={line.replace("_", "-"): n for line, n in rows.items()}
    )


def listened(at: float, after: str = "", *, status: int = OK) -> Listened:
    return Listened(**request(at, status), screen="wall", after=after)


def heard(at: float, event: str, position: str = "", **shows: int) -> Heard:
    return Heard(
        screen="wall",
        at=at,
        event=event,
        position=position,
        shows={line.replace("_", "-"): n for line, n in shows.items()},
    )


def fault(
    began: float,
    ended: float,
    *,
    lost: dict[str, list[int]] | None = None,
    unsure_from: float | None = None,
    owing: Sequence[str] = (),
) -> Faulted:
    return Faulted(
        name="a-fault",
        words="Something breaks",
        began=began,
        ended=ended,
        lost=lost or {},
        unsure_from=unsure_from,
        owing=[*owing],
    )


def verdict_of(judge: Judge, *events: Event) -> tuple[bool, str]:
    """Whether it holds, and what was wrong."""
    given = judge(events)
    return given.holds, given.words
