"""How many check passwords at once: hashing is dear, and whoever serves pages does it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.accounts.errors import TooManyAtOnce

# A hash takes a tenth of a second of a core and 64 MiB, and the thread that asked for it. Of the
# eight of a process half go on with pages, whatever the rush at a change of shift.
AT_ONCE, MOST_WAITING = 2, 2


class Hashing:
    """Gives a few a turn at once, lets a few wait for theirs, and refuses all others."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = MOST_WAITING) -> None:
        self._places = threading.Semaphore(at_once + waiting)
        self._turns = threading.Semaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Go on when it is one's turn; refuses with `TooManyAtOnce` where too many wait already."""
        if not self._places.acquire(blocking=False):
            raise TooManyAtOnce
        try:
            with self._turns:
                yield
        finally:
            self._places.release()
