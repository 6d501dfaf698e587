"""Questions to the neighbours: does it answer, and how soon."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What a neighbour said: `error` is None when it answered."""

    milliseconds: float
    error: str | None


def ask_all(
    pings: Mapping[str, Callable[[], object]], passing: tuple[type[Exception], ...]
) -> dict[str, Answer]:
    """Ask each once; what raises one of `passing` does not answer."""
    return {name: _ask(ping, passing) for name, ping in pings.items()}


def _ask(ping: Callable[[], object], passing: tuple[type[Exception], ...]) -> Answer:
    started = time.perf_counter()
    error = None
    try:
        ping()
    except passing as fault:
        # The kind only: a driver's message may hold an address, and this page is public.
        error = type(fault).__name__
    return Answer(round((time.perf_counter() - started) * 1000, 1), error)
