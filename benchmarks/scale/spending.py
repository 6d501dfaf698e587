"""What processes and engines have spent: seconds of CPU, commands, bytes."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.instance import Instance
from benchmarks.pages import cpu_seconds
from lab.engines import Engine

VALKEY, POSTGRES = "Valkey", "PostgreSQL"


@dataclass(slots=True)
class Spent:
    """In one stretch: seconds on the clock, of CPU by process, and what the engines counted."""

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    commands: float = 0.0
    transactions: float = 0.0
    wal_bytes: float = 0.0
    stored_bytes: float = 0.0


class Meter:
    """Reads an instance's meters; whoever reads them is counted by Valkey too."""

    def __init__(self, instance: Instance, **processes: int) -> None:
        self._instance = instance
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self._processes[POSTGRES] = engine_process(instance.postgres)

    @contextmanager
    def reading(self) -> Iterator[Spent]:
        """What is spent inside; known when it is over."""
        spent, before = Spent(), self._now()
        yield spent
        after = self._now()
        spent.seconds = after["seconds"] - before["seconds"]
        spent.cpu = {name: after[name] - before[name] for name in (*self._processes, VALKEY)}
        for name in ("commands", "transactions", "wal_bytes", "stored_bytes"):
            setattr(spent, name, after[name] - before[name])

    def _now(self) -> dict[str, float]:
        found = {name: cpu_seconds(process) for name, process in self._processes.items()}
        info: Any = self._instance.parts.redis.info()
        found[VALKEY] = valkey_seconds(info)
        found["commands"] = float(info["total_commands_processed"])
        with self._instance.postgres.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database),"
                " pg_current_wal_insert_lsn() - '0/0',"
                " pg_database_size(current_database())"
            )
            row = cursor.fetchone() or (0, 0, 0)
        connection.close()
        names = ("transactions", "wal_bytes", "stored_bytes")
        found |= {name: float(value) for name, value in zip(names, row, strict=True)}
        return found | {"seconds": time.monotonic()}


def valkey_seconds(info: Mapping[str, Any]) -> float:
    """By its own account, to the microsecond: the kernel's clock ticks are a hundred a second."""
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def engine_process(engine: Engine) -> psutil.Process:
    return psutil.Process(int((engine.folder / "pid").read_text().split()[0]))


def beyond(spent: Spent, idle: Spent, name: str) -> float:
    """A process's seconds of CPU, without those it would have used doing nothing."""
    return max(0.0, spent.cpu[name] - idle.cpu[name] * spent.seconds / idle.seconds)
