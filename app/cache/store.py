"""What an engine must do for the cache: the protocol's steps, whatever keeps the data."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut

from app.cache.judge import Judge
from app.cache.layout import CLOSED
from app.cache.wire import Wire

# What a caller may hope to pass: every engine's faults are told in these terms.
PASSING = (
    *(Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError),
    # A cluster that is not whole, or whose slots move.
    *(ClusterError, RedisClusterException, AskError, TryAgainError),
)

# A cache that takes longer than a query saves nothing.
TIMEOUT_SECONDS = 0.25
# Tokens outlive every answer that was filled under them; losing one costs a miss.
TOKEN_TTL = timedelta(days=1)
# How long a fenced epoch lives when nobody prolongs it.
FENCE = timedelta(seconds=2)
# A writer that has not finished after this long is asked after.
SLOW_WRITER_SECONDS = 1.0


def raise_first(faults: Iterable[Exception | None]) -> None:
    """Raise a fault, if there was one, once everything was tried."""
    for fault in faults:
        if fault is not None:
            raise fault


class Sight:
    """What a reader saw in one look, before its query's snapshot was taken.

    `parts` are epochs and tokens, in an order that the engine keeps for the same tags. `seal` is
    all of them as one value, if all are there and open: an answer filled under it is valid under
    it, and under no other. Nothing missing is ever taken for valid.
    """

    __slots__ = ("answer", "parts", "seal")

    def __init__(self, parts: Sequence[bytes | None], answer: bytes | None = None) -> None:
        self.parts = parts
        self.answer = answer
        self.seal: bytes | None = None
        if None not in parts:
            seal = b" ".join(parts)  # type: ignore[arg-type]
            if CLOSED not in seal:
                self.seal = seal


class Store(Protocol):
    """One engine's connections; safe under threads. Faults are those of `PASSING`."""

    # Whether one fault tells of all that is kept: of several servers the others still answer
    # readers, so a writer has to tell them each time.
    is_one_server: bool

    def look(self, digest: str, tags: tuple[str, ...]) -> Sight:
        """The answer and what it depends on, in one round trip."""

    def validate(self, tags: tuple[str, ...]) -> Sight:
        """What an answer depends on, without the answer."""

    def mend(self, tags: tuple[str, ...], sight: Sight, judge: Judge) -> Sight:
        """What was seen, with missing tokens minted, and with what is closed asked after.

        The judge is the database: it alone knows which writers have ended. What is given was there
        before this call returned: a query that begins afterwards may be kept under it.
        """

    def keep(self, digest: str, answer: bytes, *, ttl: timedelta) -> None:
        """Store an answer; it carries its seal: one that lost the race is never valid."""

    def close(self, transaction: str, tags: Iterable[str], *, now: float) -> None:
        """Before COMMIT: register the transaction on the tags and close them."""

    def finish(self, transaction: str, tags: Iterable[str]) -> None:
        """After COMMIT: unregister it, and give each tag a fresh token."""

    def renew(self, tags: Iterable[str]) -> None:
        """Expel what depends on the tags, for a write that is committed already."""

    def registered(self, tag: str) -> dict[str, float]:
        """The transactions registered on a tag, and when (seconds since 1970)."""

    def take_off(self, digest: str, *, name: str, bound: timedelta) -> bool:
        """Whether this caller is the one to run the query; for at most `bound`."""

    def land(self, digest: str, *, name: str) -> None:
        """Free the place, if it is still this caller's."""

    def flush(self) -> None:
        """Forget every answer."""

    def hang_up(self) -> None:
        """Close the connections of all threads; the next step dials again."""

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to counters that all processes share."""

    def counted(self, names: Iterable[str]) -> dict[str, int]:
        """What all processes counted; a name nobody counted is 0."""

    def wire(self) -> Wire | None:
        """This thread's connection, if the engine tells it of every token that changes."""
