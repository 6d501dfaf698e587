"""How long an answer may be kept, and what it may cost: data, kept by whoever owns the answer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The terms under which one kind of answer is cached.

    `fresh_for` bounds what no invalidation can see: clocks, functions, tables that nobody tags.
    An invalidated answer is never served, however fresh.
    """

    fresh_for: timedelta
    # Past its time an answer may be served so long, while one caller refreshes it.
    stale_for: timedelta = _NONE
    # How long an answer of no rows is fresh; None: as long as any. Zero: it is not kept.
    negative_for: timedelta | None = None
    # "lazy": a miss fills. "write_through": the writer fills too, before its commit returns.
    strategy: Literal["lazy", "write_through"] = "lazy"
    # "validated": decoded in the process, and proved by one small look at the tokens. "tracked":
    # the server tells what changed, and a request that talked to it once needs no more proof.
    near: Literal["validated", "tracked"] | None = None
    # Entries filled together would expire together: each lives up to this share shorter.
    jitter: float = 0.1
    # An answer larger than this is served and not kept: one of it would expel thousands.
    largest_bytes: int = 262_144
    # How long a miss waits, at most, for another caller that is running the same query.
    wait: timedelta = timedelta(milliseconds=500)

    def __post_init__(self) -> None:
        if self.fresh_for <= _NONE:
            raise ValueError("fresh_for: an answer must be fresh for some time")
        if self.stale_for < _NONE:
            raise ValueError("stale_for: it is a time after fresh_for")
        if self.negative_for is not None and not _NONE <= self.negative_for <= self.fresh_for:
            raise ValueError("negative_for: from zero up to fresh_for")
        if not 0 <= self.jitter < 1:
            raise ValueError("jitter: a share from 0 up to 1")
