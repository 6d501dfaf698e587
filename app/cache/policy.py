"""How long an answer may be kept, and what it may cost: data, kept by whoever owns the answer."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The terms under which one kind of answer is cached.

    `fresh_for` bounds what no invalidation can see: clocks, functions, tables that nobody tags.
    An invalidated answer is never served, however fresh.
    """

    # Names the answers in counters; short, and the same in every process.
    name: str
    fresh_for: timedelta
    # Entries filled together would expire together: each lives up to this share shorter.
    jitter: float = 0.1
    # An answer larger than this is served and not kept: one of it would expel thousands.
    largest_bytes: int = 262_144
    # How long a miss waits for another process that is running the same query.
    wait: timedelta = timedelta(milliseconds=250)

    def __post_init__(self) -> None:
        if self.fresh_for <= timedelta(0):
            raise ValueError(f"{self.name}: an answer must be fresh for some time")
        if not 0 <= self.jitter < 1:
            raise ValueError(f"{self.name}: jitter is a share from 0 up to 1")
