"""The folder that a fleet stands in: locked, and cleared of what an earlier one left behind."""

import logging
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from lab.home import Home
from lab.processes import stop_leftover


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """The folder, empty and ours alone; raises `HomeTaken` where another run has it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Home(folder):
        clear(folder)
        yield folder


def clear(folder: Path) -> None:
    """End what a run that was killed left behind, and forget its files."""
    for file in [*folder.glob("**/pids/*"), *folder.glob("**/pid")]:
        stop_leftover(file, gentle=signal.SIGTERM)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def hush() -> None:
    """Let what our own parts log be heard only where it is an error: outages are the purpose."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def told_to_stop() -> threading.Event:
    """Set from the first Ctrl-C or SIGTERM on; more of them change nothing."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
