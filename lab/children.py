"""The application's processes: started together, watched, and stopped together."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lab import procfile
from lab.engines import EngineFailed, last_words
from lab.processes import remember, stop_leftover

STOP_SECONDS = 12


@dataclass(slots=True)
class Child:
    """A process by name, in a folder of its own; `words` are said to its standard input."""

    name: str
    command: list[str]
    words: str | None = None
    folder: Path | None = None
    process: subprocess.Popen[str] | None = field(default=None, init=False)


class Children:
    """Runs processes with their output in `log/`, and starts again what ends by itself.

    `as_systemd`: a process and its children are told to stop at once, and not it alone. What does
    not stop within `stop_seconds` is killed.
    """

    def __init__(
        self,
        folder: Path,
        stopping: threading.Event,
        *,
        as_systemd: bool = False,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._logs = folder / "log"
        self._pids = folder / "pids"
        self._stopping = stopping
        self._as_systemd = as_systemd
        self._stop_seconds = stop_seconds
        self._children: list[Child] = []
        self._environment: dict[str, str] = {}
        for each in (self._logs, self._pids):
            each.mkdir(exist_ok=True)

    def stop_leftovers(self) -> None:
        """End what a run that was killed left behind."""
        for file in self._pids.iterdir():
            stop_leftover(file, gentle=signal.SIGTERM)

    def run_to_end(self, *command: str, environment: dict[str, str], words: str) -> None:
        """Run a `flask` command in the foreground; raises `EngineFailed` if it fails."""
        if self._stopping.is_set():
            return
        ended = subprocess.run(
            procfile.flask(*command), env=environment, input=words, text=True, check=False
        )
        if ended.returncode and not self._stopping.is_set():
            raise EngineFailed(f"«flask {command[0]}» failed")

    def start(self, *children: Child, environment: dict[str, str]) -> None:
        """Start these, unless it is over already."""
        self._environment = environment
        for child in children:
            if not self._stopping.is_set():
                self._children.append(child)
                self._launch(child)

    def pids(self) -> dict[str, int]:
        """The numbers of those that were started, by name."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def check(self) -> None:
        """Raise `EngineFailed` with the last words of a child that ended."""
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                raise EngineFailed(f"{child.name} ended: {last_words(self._log(child))}")

    def watch(self, say: Callable[[str], None] | None = None) -> None:
        """Until told to stop: what ends is started again, as Elastic Beanstalk would."""
        say = say or partial(print, flush=True)
        while not self._stopping.wait(1.0):
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    say(f"{child.name} ended: {last_words(self._log(child), 2)}")
                    self._launch(child)

    def signal(self, number: signal.Signals, *names: str) -> None:
        """Signal these, or all where none is named, with all that they started."""
        for child in self._children:
            if child.name in names or not names:
                _signal(child, number, group=True)

    def stop_all(self) -> None:
        """Tell all, the last started first, then wait; what does not listen is killed."""
        running = [child for child in reversed(self._children) if child.process is not None]
        for child in running:
            _signal(child, signal.SIGTERM, group=self._as_systemd)
        for child in running:
            self._await(child)

    def _await(self, child: Child) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            print(f"{child.name} does not stop and is killed", flush=True)
            # Granian's workers are its children.
            _signal(child, signal.SIGKILL, group=True)
            child.process.wait()
        (self._pids / child.name).unlink(missing_ok=True)

    def _launch(self, child: Child) -> None:
        with self._log(child).open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                env=self._environment,
                cwd=child.folder,
                stdin=subprocess.PIPE if child.words else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C is for us; we stop them in order
            )
        remember(self._pids / child.name, child.process.pid)
        if child.words and child.process.stdin:
            child.process.stdin.write(child.words + "\n")
            child.process.stdin.close()

    def _log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"


def _signal(child: Child, number: signal.Signals, *, group: bool) -> None:
    """Signal the process, or with it all that it started."""
    if child.process is None or child.process.poll() is not None:
        return
    if group:
        os.killpg(child.process.pid, number)
    else:
        child.process.send_signal(number)
