"""Contenders in processes of their own, and the pipe to them."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.querycache.contender import timed
from benchmarks.querycache.contenders import Entrant
from benchmarks.querycache.table import ROWS, SHELVES, lay_out, make_engine
from lab.engines import EngineFailed, Postgres, Valkey

SPAWN = multiprocessing.get_context("spawn")
# With Django, two cores and neighbours.
START_SECONDS = 120
STOP_SECONDS = 20
# Reads until a cache answers: ours first has to know that no transaction is older than its epoch.
SETTLING = 5

Urls = tuple[str, str]


@contextmanager
def engines(folder: Path) -> Iterator[tuple[Urls, Callable[[], None]]]:
    """A Valkey and a PostgreSQL with the table; and what makes all as it was at the start."""
    folder.mkdir()
    folder.chmod(0o711)
    with ExitStack() as undoing:
        valkey, postgres = Valkey(folder / "valkey"), Postgres(folder / "postgres")
        for engine in (valkey, postgres):
            undoing.callback(engine.stop)
            engine.start()
        plain = make_engine(postgres.url)
        undoing.callback(plain.dispose)

        def begin_again() -> None:
            with valkey.client() as client:
                client.flushall()
            lay_out(plain)
            plain.dispose()

        begin_again()
        yield (postgres.url, valkey.url), begin_again


class Contending:
    """A contender in its process: asked for bursts, it answers with the times."""

    def __init__(self, entrant: Entrant, urls: Urls) -> None:
        self.entrant = entrant
        self._pipe, other = SPAWN.Pipe()
        self._process = started(_serve, entrant, urls, other)
        other.close()

    def hits(self, times: int) -> list[float]:
        """Reads of a warm cache, or of the database where there is none."""
        return self._ask("hits", times)

    def commits(self, times: int) -> list[float]:
        return self._ask("commits", times)

    def close(self) -> None:
        self._pipe.close()
        ended([self._process])

    def _ask(self, what: str, times: int) -> list[float]:
        try:
            self._pipe.send((what, times))
            taken, ran = self._pipe.recv()
        except (EOFError, ConnectionError) as reason:
            raise EngineFailed(f"{self.entrant.name} ended; its last words are above") from reason
        if ran and what == "hits" and self.entrant.is_cache:
            raise EngineFailed(f"{self.entrant.name}: {ran} of {times} reads were no hits")
        return list(taken)


def started(act: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that ends with this one, and leaves Ctrl-C to it."""
    process = SPAWN.Process(target=_act, args=(act, *arguments), daemon=True)
    process.start()
    return process


def ended(processes: Sequence[BaseProcess]) -> None:
    """Wait for processes that have been told to end, and end those that do not."""
    for process in processes:
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _act(act: Callable[..., None], *arguments: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    act(*arguments)


def _serve(entrant: Entrant, urls: Urls, pipe: "Connection[Any, Any]") -> None:
    contender = entrant.make(*urls)
    contender.burst(SETTLING)
    amount = 0

    def commit() -> None:
        nonlocal amount
        amount += 1
        contender.write(amount % SHELVES, amount % ROWS, amount)

    while True:
        try:
            what, times = pipe.recv()
        except EOFError:
            return
        measured = contender.burst if what == "hits" else partial(timed, commit)
        measured(1)  # another was here before: memory has to be fetched, a cache to be filled
        ran = contender.ran
        taken = measured(times)
        pipe.send((taken, contender.ran - ran))
