"""CPU time of the processes of an instance, by what they are."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

import psutil

from benchmarks.instance import Instance

# As the programs of the engines are called.
ENGINES = {"valkey-server": "valkey", "postgres": "postgresql"}


def cpu_seconds(instance: Instance) -> dict[str, float]:
    """So far, of each process with all that it started; engines are children of ours too."""
    roots = {name: psutil.Process(it.pid) for name, it in instance.processes.items()}
    for child in psutil.Process().children():
        if (name := ENGINES.get(child.name())) is not None:
            roots[name] = child
    return {name: _of_tree([root, *root.children(recursive=True)]) for name, root in roots.items()}


def since(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """What was spent in between."""
    return {name: round(seconds - before.get(name, 0.0), 2) for name, seconds in now.items()}


def _of_tree(processes: Iterable[psutil.Process]) -> float:
    """PostgreSQL's backends come and go: who is gone is in its parent's sum."""
    total = 0.0
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
