"""A writer that is killed at a step of its commit, in a process of its own."""

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from redis.connection import Connection

from tests.cache.chaos.ledger import processes
from tests.cache.floor import Floor


class Step(StrEnum):
    """Where a writer can stand when it dies."""

    BEFORE_CLOSE = "before close"
    INSIDE_CLOSE = "inside close: the command is sent, its answer not read"
    AFTER_CLOSE = "after close"
    AFTER_COMMIT = "after COMMIT"
    INSIDE_FINISH = "inside finish: the command is sent, its answer not read"
    AFTER_FINISH = "after finish"


def write_and_die(step: Step, id_: int, *urls: str) -> None:
    """One process writes, and is gone at this step."""
    writer = processes.Process(target=_write, args=(step, id_, *urls))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL


def _write(step: Step, id_: int, *urls: str) -> None:
    floor = Floor(*urls)
    floor.read(id_)  # connected, and its scripts are known
    store: Any = type(floor.store)
    moments = {
        Step.BEFORE_CLOSE: ("close", _die, None),
        Step.INSIDE_CLOSE: ("close", _die_unanswered, None),
        Step.AFTER_CLOSE: ("close", None, _die),
        Step.AFTER_COMMIT: ("finish", _die, None),
        Step.INSIDE_FINISH: ("finish", _die_unanswered, None),
        Step.AFTER_FINISH: ("finish", None, _die),
    }
    name, before, after = moments[step]
    setattr(store, name, _around(getattr(store, name), before, after))
    floor.write(id_)


def _around(
    act: Callable[..., Any], before: Callable[[], None] | None, after: Callable[[], None] | None
) -> Callable[..., Any]:
    def watched(*arguments: object, **named: object) -> object:
        if before is not None:
            before()
        answer = act(*arguments, **named)
        if after is not None:
            after()
        return answer

    return watched


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_unanswered() -> None:
    """Die when the next answer would be read: by then the server has the command."""

    def read_response(*_: object, **__: object) -> None:
        _die()

    Connection.read_response = read_response  # type: ignore[method-assign]
