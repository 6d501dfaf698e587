"""CPU time of the processes of a plant, by what they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress

import psutil

# As the programs of the engines are called.
ENGINES = {"valkey-server": "valkey", "postgres": "postgresql", "nginx": "nginx"}


def cpu_seconds(pids: Iterable[tuple[str, int]]) -> dict[str, float]:
    """So far, by name, of processes and what they started; engines are children of ours."""
    roots = [(name, psutil.Process(pid)) for name, pid in pids]
    roots += [
        (ENGINES[child.name()], child)
        for child in psutil.Process().children()
        if child.name() in ENGINES
    ]
    spent: dict[str, float] = defaultdict(float)
    for name, root in roots:
        spent[name] += _of_tree([root, *root.children(recursive=True)])
    return dict(spent)


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
