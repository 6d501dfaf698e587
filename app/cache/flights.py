"""Single flight within a process: of its threads that miss one answer, one goes ahead."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Flights:
    """Who of this process leads the way to which answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Event] = {}

    @contextmanager
    def lead(self, digest: str, *, seconds: float) -> Iterator[bool]:
        """Whether the caller is to lead; if not, whoever did is done, or the time is over."""
        with self._lock:
            ahead = self._under_way.get(digest)
            mine = self._under_way.setdefault(digest, threading.Event())
        if ahead is not None:
            ahead.wait(seconds)
            yield False
            return
        try:
            yield True
        finally:
            with self._lock:
                del self._under_way[digest]
            mine.set()
