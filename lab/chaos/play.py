"""The play: one thing after the other is broken, and all is written down."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime

from lab.chaos import final, script
from lab.chaos.breaking import Breaking
from lab.chaos.cast import Cast
from lab.chaos.history import Faulted, History, clock
from lab.chaos.load import Load
from lab.cluster.fleet import Fleet, Say
from lab.cluster.gauges import Gauges
from lab.runs import Run

WARM_SECONDS = 5.0
# How long everybody is left in peace after a fault: at least, and until all is level at most.
CALM_SECONDS = 8.0
LONGEST_CALM_SECONDS = 60.0
GAUGE_SECONDS = 1.0
# Batches under way: gateways go on sending.
MOST_WAITING = 10


class Play:
    """Breaks a fleet by a script while witnesses use it."""

    def __init__(
        self,
        fleet: Fleet,
        history: History,
        run: Run,
        say: Say,
        stopping: threading.Event,
        *,
        has_load: bool,
    ) -> None:
        self._fleet = fleet
        self._history = history
        self._run = run
        self._say = say
        self._stopping = stopping
        self._has_load = has_load

    def perform(self, faults: list[str]) -> None:
        """These faults, one after the other; then note what is there in the end."""
        since = datetime.now(UTC)
        cast = Cast(self._fleet, self._history)
        final.note_scores(self._history, cast.watcher, "before")
        with cast.at_work(), self._gauged(), self._loaded():
            self._stopping.wait(WARM_SECONDS)
            for name in faults:
                cast.check()
                if not self._stopping.is_set():
                    self._break(name)
            self._say("the witnesses leave")
        if self._stopping.is_set():
            return
        self._say("the drains come level, and what is stored is counted")
        if not final.await_level(self._fleet):
            self._say("the landing streams did not run empty")
        final.note_scores(self._history, cast.watcher, "after")
        final.note_stored(self._history, self._fleet, since=since)

    def _loaded(self) -> AbstractContextManager[None]:
        if not self._has_load:
            return nullcontext()
        load = Load.of(self._fleet, self._run.folder, self._stopping)
        return load.beside(self._history, home=self._fleet.folder)

    def _break(self, name: str) -> None:
        words = script.words(name)
        self._say(f"--- {name}: {words}")
        breaking = Breaking(self._fleet, self._stopping)
        began = clock()
        script.FAULTS[name](breaking)
        self._history.note(
            Faulted(
                name=name,
                words=f"{words} ({breaking.remark})" if breaking.remark else words,
                began=began,
                ended=clock(),
                lost=breaking.lost,
                unsure_from=breaking.unsure_from,
                owing=breaking.owing,
            )
        )
        self._calm()

    def _calm(self) -> None:
        """Wait until all instances serve and nothing waits to be stored."""
        began = time.monotonic()
        self._stopping.wait(CALM_SECONDS)
        while not self._stopping.is_set() and not self._is_level():
            if time.monotonic() - began > LONGEST_CALM_SECONDS:
                self._say(f"not level {LONGEST_CALM_SECONDS:.0f} s after it")
                return
            self._stopping.wait(0.5)

    def _is_level(self) -> bool:
        fleet = self._fleet
        return (
            all(fleet.balancer.is_in_service(each.name) for each in fleet.instances)
            and final.waiting(fleet) < MOST_WAITING
        )

    @contextmanager
    def _gauged(self) -> Iterator[None]:
        """Write down once a second how the fleet is, until the block ends."""
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            gauging = pool.submit(self._gauge, over)
            try:
                yield
            finally:
                over.set()
        gauging.result()

    def _gauge(self, over: threading.Event) -> None:
        gauges = Gauges(self._fleet)
        while not over.wait(GAUGE_SECONDS):
            self._run.lines("gauges.jsonl", [gauges.read()])
