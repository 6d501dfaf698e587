"""Answers kept decoded in the process: a hit transfers nothing and decodes nothing."""

import threading
from collections import OrderedDict
from typing import Any, NamedTuple

from app.cache.answers import Answer

# Records take about this many times the bytes of their encoding (measured: 20 rows of 6 columns).
DECODED_RATIO = 7
# What an entry costs beside its records: keys, seal, links.
ENTRY_BYTES = 600


class Kept(NamedTuple):
    """A decoded answer, what it was filled under, and its times (its body is empty)."""

    records: tuple[Any, ...]
    answer: Answer
    seal: bytes
    # About how much memory it takes.
    size: int
    # The server's keys whose change ends it.
    depends_on: tuple[bytes, ...]
    # Until then it is neither stale nor may it be due to be refreshed; seconds since 1970.
    quiet_until: float


def kept(
    records: tuple[Any, ...], answer: Answer, seal: bytes, depends_on: tuple[bytes, ...] = ()
) -> Kept:
    """A decoded answer as it is kept."""
    size = ENTRY_BYTES + DECODED_RATIO * len(answer.body)
    bodiless = answer._replace(body=b"")
    return Kept(records, bodiless, seal, size, depends_on, answer.quiet_until)


class NearCache:
    """The answers used last, up to so many bytes; safe under threads.

    Whether one is still valid is for the caller to find out: by its seal, or by being told.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._depending: dict[bytes, set[str]] = {}
        self.size = 0

    def get(self, digest: str) -> Kept | None:
        with self._lock:
            found = self._kept.get(digest)
            if found is not None:
                self._kept.move_to_end(digest)
            return found

    def put(self, digest: str, it: Kept) -> None:
        """Keep it, and let go of what was not used for longest."""
        with self._lock:
            self._drop(digest)
            self._kept[digest] = it
            self.size += it.size
            for key in it.depends_on:
                self._depending.setdefault(key, set()).add(digest)
            while self.size > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def forget(self, keys: list[bytes] | None) -> None:
        """Drop what depends on these keys of the server; all of it for None."""
        with self._lock:
            gone = self._kept if keys is None else _united(self._depending, keys)
            for digest in list(gone):
                self._drop(digest)

    def _drop(self, digest: str) -> None:
        it = self._kept.pop(digest, None)
        if it is None:
            return
        self.size -= it.size
        for key in it.depends_on:
            depending = self._depending[key]
            depending.discard(digest)
            if not depending:
                del self._depending[key]


def _united(depending: dict[bytes, set[str]], keys: list[bytes]) -> set[str]:
    return {digest for key in keys for digest in depending.get(key, ())}
