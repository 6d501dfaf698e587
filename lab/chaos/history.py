"""What the witnesses saw, event by event: the only thing that is judged.

Moments are seconds since 1970, by one clock that never goes back.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

BALANCER = "balancer"
OK, CREATED, ACCEPTED, SEE_OTHER, CONFLICT = 200, 201, 202, 303, 409
# From here on an answer says that something is broken; none at all is 0.
BROKEN = 500
# The number of pieces is this part of their id; the rest names whose numbers they are.
LOWER_HALF = (1 << 64) - 1

_AHEAD = time.time() - time.monotonic()


def clock() -> float:
    """Now."""
    return _AHEAD + time.monotonic()


class Request(Struct, kw_only=True):
    """A request and its answer, 0 where none came. `via` is the balancer or an instance."""

    route: str
    via: str
    began: float
    ended: float
    status: int

    @property
    def failed(self) -> bool:
        return self.status == 0 or self.status >= BROKEN


class Sent(Request, kw_only=True, tag="sent"):
    """A batch of a gateway: items numbered from `first` to `last`, each with its own value."""

    kind: Literal["readings", "output"]
    line: str
    first: int
    last: int

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)


class Wrote(Request, kw_only=True, tag="wrote"):
    """One writer's next version of a thing."""

    thing: str
    version: int


class Read(Request, kw_only=True, tag="read"):
    """A thing as somebody was shown it; no version where nothing was shown."""

    thing: str
    version: int | None
    reader: str


class SignedIn(Request, kw_only=True, tag="signed-in"):
    session: str


class SignedOut(Request, kw_only=True, tag="signed-out"):
    session: str


class Visited(Request, kw_only=True, tag="visited"):
    """A page of the signed-in, asked for with a session; None where it did not say."""

    session: str
    let_in: bool | None


class Pulled(Request, kw_only=True, tag="pulled"):
    """A step of a call; `tried_since` is when this step of this call was first asked for."""

    step: Literal["raised", "acknowledged", "resolved"]
    call: int | None
    line: str
    who: int
    tried_since: float


class Heard(Struct, kw_only=True, tag="heard"):
    """An event on a screen, and the newest number or version of each thing that it shows."""

    screen: str
    at: float
    event: str
    position: str
    shows: dict[str, int]


class Listened(Request, kw_only=True, tag="listened"):
    """A screen's stream was asked for; `after` is the last position it had."""

    screen: str
    after: str


class Faulted(Struct, kw_only=True, tag="faulted"):
    """Something was broken and mended again.

    `lost` names what had been acknowledged and was in the cache alone when that was wiped;
    what was acknowledged from `unsure_from` to the end may have been in a primary alone that died.
    The instances in `owing` could not reach the cache, so their writes may have left debts.
    """

    name: str
    words: str
    began: float
    ended: float
    lost: dict[str, list[int]] = {}
    unsure_from: float | None = None
    owing: list[str] = []


class Stored(Struct, kw_only=True, tag="stored"):
    """At the end: each item in the database as number, line and value, as often as it is there."""

    kind: Literal["readings", "output"]
    rows: list[tuple[int, str, float]]


class CallRow(Struct, kw_only=True, tag="call"):
    """At the end: a call in the database."""

    call: int
    line: str
    critical: bool
    raised_at: float
    raised_by: int | None
    acknowledged_at: float | None
    acknowledged_by: int | None
    resolved_at: float | None
    resolved_by: int | None


class Scores(Struct, kw_only=True, tag="scores"):
    """The leaderboard of lines as it was answered, before anything was sent or at the end."""

    when: Literal["before", "after"]
    source: str
    rows: dict[str, int]


class Taken(Struct, kw_only=True, tag="taken"):
    """A batch of the load beside was acknowledged within this second."""

    at: int
    kind: Literal["readings", "output"]
    first: int
    last: int


class Kept(Struct, kw_only=True, tag="kept"):
    """At the end: the numbers of the load beside that are in the database, and those doubled."""

    kind: Literal["readings", "output"]
    stretches: list[tuple[int, int]]
    doubled: list[int]


class Loaded(Struct, kw_only=True, tag="loaded"):
    """There was a load beside; in words how it ended before its time, if it did."""

    ended_early: str


Event = (
    Sent
    | Wrote
    | Read
    | SignedIn
    | SignedOut
    | Visited
    | Pulled
    | Heard
    | Listened
    | Faulted
    | Stored
    | CallRow
    | Scores
    | Taken
    | Kept
    | Loaded
)
_decoder = msgspec.json.Decoder(Event)


class History:
    """Keeps events from all threads, each written down as it happens."""

    def __init__(self, file: Path) -> None:
        self.events: list[Event] = []
        self._file = file.open("ab")
        self._lock = threading.Lock()

    def note(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)
            self._file.write(msgspec.json.encode(event) + b"\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def read(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events of a history that was written."""
    return map(_decoder.decode, lines)


def value_of(kind: str, number: int) -> float:
    """The value that the item of this number has: pieces are few, and readings any number."""
    return float(number % 7 + 1) if kind == "output" else number + 0.25
