"""The load beside the witnesses: Locust's people, gateways and screens, in a plant of their own."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

import msgspec
from msgspec import Struct

from lab.chaos.history import History, Loaded, Taken
from lab.children import Child, Children
from lab.cluster.fleet import Fleet
from lab.engines import EngineFailed
from lab.procfile import ROOT

PLANT = "north"
# Beside a fleet that breaks, on the same two cores: enough to be missed where it goes wrong.
CROWD = {"screens": 12, "people": 6, "gateways": 1}
# It is told to end; where nobody is left to tell it, it ends by itself.
LONGEST_SECONDS = 1800
START_SECONDS = 60.0
# It gives Locust's master fifteen seconds, and then its workers; nobody else knows of them.
STOP_SECONDS = 45.0


class Acknowledged(Struct):
    """A line of the load's file; `stop` is one past the last number."""

    at: int
    kind: Literal["readings", "output"]
    start: int
    stop: int


class Load:
    """`make load` as a child, which writes beside the witnesses into a run's folder."""

    def __init__(
        self,
        url: str,
        folder: Path,
        stopping: threading.Event,
        *,
        password: str,
        token: str,
    ) -> None:
        self._url = url
        self._folder = folder
        self._stopping = stopping
        self._entry = {"ANDON_LOAD_PASSWORD": password, "ANDON_LOAD_TOKENS": token}

    @classmethod
    def of(cls, fleet: Fleet, folder: Path, stopping: threading.Event) -> Self:
        """At the fleet's balancer, with a token of its own."""
        token = fleet.token("load", PLANT)
        return cls(fleet.url, folder, stopping, password=fleet.password, token=token)

    @contextmanager
    def beside(self, history: History, *, home: Path) -> Iterator[None]:
        """Run it until the block ends; note what was acknowledged, and an end before that.

        The block begins when something was. `home` is where a later run looks for what is left.
        """
        children = Children(home, threading.Event(), stop_seconds=STOP_SECONDS)
        children.start(
            Child("load", self._command(), folder=ROOT), environment={**os.environ, **self._entry}
        )
        try:
            self._await_first(children)
            yield
        finally:
            ended_early = _how_it_ended(children)
            children.stop_all()
            history.note(Loaded(ended_early=ended_early))
            for each in self._acknowledged():
                history.note(
                    Taken(at=each.at, kind=each.kind, first=each.start, last=each.stop - 1)
                )

    def _await_first(self, children: Children) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._file.exists() and not _how_it_ended(children):
            if self._stopping.wait(0.2) or time.monotonic() > deadline:
                return

    @property
    def _file(self) -> Path:
        return self._folder / "acknowledged.jsonl"

    def _command(self) -> list[str]:
        settings = {**CROWD, "seconds": LONGEST_SECONDS, "shape": "steady"}
        return [
            *(sys.executable, "-m", "benchmarks.load", "--base", self._url),
            *("--folder", str(self._folder.absolute())),
            *(word for name, value in settings.items() for word in (f"--{name}", str(value))),
        ]

    def _acknowledged(self) -> Iterator[Acknowledged]:
        for line in self._file.read_bytes().splitlines() if self._file.exists() else ():
            yield msgspec.json.decode(line, type=Acknowledged)


def _how_it_ended(children: Children) -> str:
    """Nothing while it runs, as it should; else its own last word, or all that it said last."""
    try:
        children.check()
    except EngineFailed as reason:
        return str(reason).rpartition("andon: ")[2]
    return ""
