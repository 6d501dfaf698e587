"""What the cache did: for one request, for a process, and for all processes together."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.cache.queries import Query
from app.cache.wire import Wire

# How an answer came about, from best to worst; a response tells the worst of its answers.
OUTCOMES = ("near", "hit", "fill", "wait", "stale", "bypass")
# How many answers a process remembers to have written for nobody so far.
MOST_UNREAD = 10_000
_RANK = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}


class Noted:
    """How the answers of one request came about, and how long the cache took (seconds)."""

    __slots__ = ("cache_seconds", "outcomes", "replies", "wire")

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.cache_seconds = 0.0
        # This thread's connection, and how many replies it had given when the request began.
        self.wire: Wire | None = None
        self.replies = 0

    @property
    def worst(self) -> str | None:
        """The worst outcome; None if nothing was asked."""
        return max(self.outcomes, key=_RANK.__getitem__, default=None)

    @property
    def has_talked(self) -> bool:
        """Whether this request read a reply: then all that was committed before it was heard."""
        return self.wire is not None and self.wire.replies > self.replies


class Ledger:
    """Counts by query and by what happened; `saved_us` is what its hits saved, in microseconds."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._told: Counter[tuple[str, str]] = Counter()
        self._unread: set[str] = set()
        self._noted: ContextVar[Noted | None] = ContextVar("noted", default=None)

    @property
    def noted(self) -> Noted | None:
        """The request's notes, if anybody takes some."""
        return self._noted.get()

    @contextmanager
    def noting(self) -> Iterator[Noted]:
        """Note how the answers of this context come about."""
        noted = Noted()
        token = self._noted.set(noted)
        try:
            yield noted
        finally:
            self._noted.reset(token)

    def note(self, query: Query, outcome: str, *, saved_seconds: float = 0.0) -> None:
        """One answer came about so."""
        counts, name = self.counts, query.name
        counts[name, outcome] += 1
        if saved_seconds:
            counts[name, "saved_us"] += int(saved_seconds * 1e6)
        noted = self._noted.get()
        if noted is not None:
            noted.outcomes.append(outcome)

    def add(self, name: str, what: str, number: int = 1) -> None:
        """Count; a thread may lose a count to another, which a lock on each hit is not worth."""
        self.counts[name, what] += number

    def written_through(self, query: Query, digest: str) -> None:
        """A writer filled it; if the last such answer was not read, that write was for nothing."""
        if digest in self._unread:
            self.add(query.name, "unread")
        if len(self._unread) >= MOST_UNREAD:
            self._unread.clear()
        self._unread.add(digest)
        self.add(query.name, "written")

    def was_read(self, digest: str) -> None:
        """Somebody read it."""
        self._unread.discard(digest)

    def tell(self, count: Callable[[dict[str, int]], None]) -> None:
        """Hand on what was counted since it was last handed on, as `name|what`."""
        with self._lock:
            now = Counter(dict(self.counts))
            news = now - self._told
            if news:
                count({f"{name}|{what}": number for (name, what), number in news.items()})
                self._told = now
