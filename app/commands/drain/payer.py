"""Pays what commits and other programs owe the query cache."""

import threading

import structlog

from app.cache import PASSING as CACHE_PASSING
from app.cache import foreign
from app.commands.drain.patience import PASSING, Patience
from app.parts import Parts

log = structlog.get_logger(__name__)

# Word comes of what other programs write; our own debts, of an outage of the cache, are looked for.
LOOK_EVERY_SECONDS = 0.5


class Payer:
    """Expels what is owed, as soon as word of it comes, and looks every so often without."""

    def __init__(self, parts: Parts, stopping: threading.Event) -> None:
        self._parts = parts
        self._stopping = stopping
        self._patience = Patience(stopping)

    def run(self) -> None:
        """Pay until told to stop; a listener that was cut off listens anew."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except (*PASSING, *CACHE_PASSING, *foreign.PASSING) as fault:
                self._patience.after(fault)

    def _listen(self) -> None:
        with foreign.listening(self._parts.database.engine) as ear:
            # At once: what was owed while nobody listened.
            while not self._stopping.is_set():
                if paid := self._parts.cache.pay():
                    log.info("cache.paid", tags=paid)
                self._patience.reset()
                ear.wait(LOOK_EVERY_SECONDS)
