"""Waiting out an outage of a neighbour."""

import threading

import structlog

from app import database, streams

log = structlog.get_logger(__name__)

PASSING = (*database.PASSING, *streams.PASSING)
SHORTEST_SECONDS = 0.25
LONGEST_SECONDS = 5.0


class Patience:
    """Waits longer after each fault in a row, and not at all once told to stop."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._wait = SHORTEST_SECONDS

    def after(self, fault: Exception) -> None:
        """Report the fault and wait."""
        log.warning("drain.waiting", fault=type(fault).__name__, seconds=self._wait)
        self._stopping.wait(self._wait)
        self._wait = min(self._wait * 2, LONGEST_SECONDS)

    def reset(self) -> None:
        """All is well again."""
        self._wait = SHORTEST_SECONDS
