"""How long somebody waited for the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, Engine, event

_BEGAN = "spent.began"


class Spent:
    """Seconds spent in statements so far; connecting and committing are not in it."""

    def __init__(self) -> None:
        self.seconds = 0.0


_counted: ContextVar[Spent | None] = ContextVar("spent", default=None)


def watch(engine: Engine) -> None:
    """Time each statement of the engine for whoever is `counting`; once for each engine."""

    @event.listens_for(engine, "before_cursor_execute")
    def begun(connection: Connection, *_: object) -> None:
        connection.info[_BEGAN] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def ended(connection: Connection, *_: object) -> None:
        spent = _counted.get()
        if spent is not None:
            spent.seconds += time.perf_counter() - connection.info[_BEGAN]


@contextmanager
def counting() -> Iterator[Spent]:
    """What is spent in this context from here on."""
    spent = Spent()
    token = _counted.set(spent)
    try:
        yield spent
    finally:
        _counted.reset(token)
