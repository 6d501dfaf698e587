"""Processes remembered in files, so that what an earlier run left behind is found and ended."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

STOP_SECONDS = 15


def remember(file: Path, pid: int) -> None:
    """Note a process by its number and its birth: numbers are used again."""
    file.write_text(f"{pid} {psutil.Process(pid).create_time()}")


def stop_leftover(file: Path, *, gentle: signal.Signals) -> None:
    """End the process that the file remembers, if it still runs: gently, then not."""
    process = _remembered(file)
    if process is not None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(gentle)
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
    file.unlink(missing_ok=True)


def with_children(file: Path) -> list[psutil.Process]:
    """The process that the file remembers, and all that it has started; none if it is gone."""
    process = _remembered(file)
    return [process, *process.children(recursive=True)] if process is not None else []


@contextmanager
def frozen(file: Path) -> Iterator[None]:
    """The process that the file remembers stands still within, and all that it has started."""
    process = _remembered(file)
    if process is not None:
        process.send_signal(signal.SIGSTOP)  # before it is asked for them: it starts no more
    below = with_children(file)
    try:
        _send(below, signal.SIGSTOP)
        yield
    finally:
        _send(below, signal.SIGCONT)


def _send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _remembered(file: Path) -> psutil.Process | None:
    try:
        pid, birth = file.read_text().split()
        process = psutil.Process(int(pid))
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    return process if process.create_time() == float(birth) else None
