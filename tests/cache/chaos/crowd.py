"""Four processes of sixteen threads that miss the same answer at the same instant."""

import os
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, select, text

from app.cache import Policy, Query
from tests.cache.chaos.ledger import processes
from tests.cache.floor import Floor

PROCESSES = 4
THREADS = 16

# Far longer than the query takes, on a busy machine too; half of it is a dead holder's lease.
WAIT = timedelta(seconds=8)
QUERY_SECONDS = 0.7

# A view whose one row takes its time, and which counts how often it was asked for.
slow = Table(
    "cached_slow", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer)
)
SLOW = Query(
    select(slow).where(slow.c.id == bindparam("id")),
    name="slow",
    policy=Policy(fresh_for=timedelta(minutes=5), wait=WAIT),
)
LAID_OUT = f"""
DROP VIEW IF EXISTS cached_slow;
DROP SEQUENCE IF EXISTS slow_runs;
CREATE SEQUENCE slow_runs;
CREATE OR REPLACE FUNCTION slowly() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval('slow_runs');
  PERFORM pg_sleep({QUERY_SECONDS});
  RETURN 7;
END $$;
CREATE VIEW cached_slow AS SELECT 1 AS id, slowly() AS n
"""
TAKEN_AWAY = "DROP VIEW cached_slow; DROP FUNCTION slowly; DROP SEQUENCE slow_runs"


class Crowd:
    """Processes at a barrier; each tells how its threads came by their answers."""

    def __init__(self, *urls: str) -> None:
        # Kept: it is gone with its last owner, and processes look for it as they start.
        self._barrier = processes.Barrier(PROCESSES * THREADS, timeout=60)
        # A byte for each thread that is past it, without a lock that could die with its owner.
        self._past = processes.RawArray("b", PROCESSES * THREADS)
        self._ears: list[Any] = []
        self._processes: list[Any] = []
        for number in range(PROCESSES):
            ear, mouth = processes.Pipe(duplex=False)
            shared = (self._barrier, self._past, number * THREADS)
            process = processes.Process(target=_miss_together, args=(*shared, mouth, *urls))
            process.start()
            mouth.close()
            self._ears.append(ear)
            self._processes.append(process)

    def await_past_the_barrier(self) -> None:
        """Return once everybody is: whoever is killed at the barrier takes its lock along."""
        deadline = time.monotonic() + 60
        while not all(self._past):
            if time.monotonic() > deadline:
                raise AssertionError("somebody does not get past the barrier")
            time.sleep(0.01)

    def outcomes(self) -> Counter[str]:
        """How the threads of those who lived came by their answers."""
        told: Counter[str] = Counter()
        for ear in self._ears:
            try:
                told.update(ear.recv())
            except EOFError:
                continue
            finally:
                ear.close()
        for process in self._processes:
            process.join()
        return told


def holder(floor: Floor) -> int:
    """The process that is running the query, as soon as one does."""
    deadline = time.monotonic() + 60
    while (found := _asking(floor)) is None:
        if time.monotonic() > deadline:
            raise AssertionError("nobody runs the query")
        time.sleep(0.01)
    return found


def _asking(floor: Floor) -> int | None:
    with floor.plain.connect() as connection:
        found = connection.scalar(
            text(
                "SELECT application_name FROM pg_stat_activity WHERE state = 'active'"
                " AND query LIKE '%FROM cached_slow%' AND pid <> pg_backend_pid()"
            )
        )
    return None if found is None else int(found)


def runs(floor: Floor) -> int:
    """How often the query was begun."""
    with floor.plain.connect() as connection:
        return int(
            connection.scalar(
                text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM slow_runs")
            )
            or 0
        )


def _miss_together(
    barrier: Any,  # noqa: ANN401 (multiprocessing's, as those after it)
    past: Any,  # noqa: ANN401
    first: int,
    mouth: Any,  # noqa: ANN401
    *urls: str,
) -> None:
    os.environ["PGAPPNAME"] = str(os.getpid())
    floor = Floor(*urls)
    told: list[str] = []

    def miss(number: int) -> None:
        with floor.sessions() as session, floor.cache.noting() as noted:
            barrier.wait()
            past[number] = 1
            (record,) = floor.cache.rows(session, SLOW, id=1)
        told.append(noted.outcomes[-1] if record.n == 7 else "wrong")

    threads = [threading.Thread(target=miss, args=(first + n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mouth.send(told)
