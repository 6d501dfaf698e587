"""Where a plant of our own may stand: one instance by itself, or a fleet behind a balancer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.instance import PLANT, Instance, let_numbers_pass
from lab.cluster.caches import SHAPES
from lab.cluster.fleet import Fleet
from lab.cluster.ground import fresh, hush
from lab.cluster.instance import PROCESSES
from lab.procfile import ROOT

HOME = ROOT / ".andon" / "load"


class Alone:
    """One instance, without nginx."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.url = instance.url("web")
        self.password = instance.password
        self.parts = instance.parts
        self.token = instance.token

    @contextmanager
    def running(self, *, cached: bool) -> Iterator[None]:
        """With the query cache, or with every question put to the database."""
        self._instance.tell(QUERY_CACHE=_switch(cached=cached))
        self._instance.start(*PROCESSES)
        try:
            yield
        finally:
            for name in reversed(PROCESSES):
                self._instance.stop(name)

    def pids(self) -> list[tuple[str, int]]:
        """The numbers of its processes, each with what the Procfile calls it."""
        return [(name, it.pid) for name, it in self._instance.processes.items()]


class Several:
    """A fleet, asked through its balancer; the rest is as with one."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.url = fleet.url
        self.password = fleet.password
        self.parts = fleet.parts

    def token(self, name: str) -> str:
        return self._fleet.token(name, PLANT)

    @contextmanager
    def running(self, *, cached: bool) -> Iterator[None]:
        self._fleet.start_instances(QUERY_CACHE=_switch(cached=cached))
        try:
            yield
        finally:
            self._fleet.stop_instances()

    def pids(self) -> list[tuple[str, int]]:
        return [each for instance in self._fleet.instances for each in instance.pids.items()]


@contextmanager
def alone() -> Iterator[Alone]:
    """An instance in a folder that is thrown away."""
    with Instance(counts_statements=True) as instance:
        yield Alone(instance)


@contextmanager
def several(size: int) -> Iterator[Several]:
    """So many instances as `make cluster` starts them; raises `HomeTaken` where there are some."""
    hush()
    with fresh(HOME) as folder:
        fleet = Fleet(folder, threading.Event(), print, size=size, cache=SHAPES[0])
        try:
            fleet.prepare()
            let_numbers_pass(fleet.parts)
            yield Several(fleet)
        finally:
            fleet.stop()


def _switch(*, cached: bool) -> str:
    return "on" if cached else "off"
