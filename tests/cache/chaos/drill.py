"""Four readers and two writers over two instances, and what is done to them meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.cache.chaos.actors import Make, reader, writer
from tests.cache.chaos.ledger import READERS, WRITERS, Ledger, Verdict, processes

PAUSE_SECONDS = 0.12


class Drill:
    """Two instances, each with an endpoint, two readers and a writer; the dead are replaced.

    The kinds of cache are dealt in turn to the readers, and to the writers.
    """

    def __init__(
        self, kinds: Sequence[Make], database_url: str, cache_urls: tuple[str, str]
    ) -> None:
        self.ledger = Ledger()
        self._kinds = kinds
        self._database_url = database_url
        self._cache_urls = cache_urls
        self.killed = 0
        self.readers = [self._start(reader, number) for number in range(READERS)]
        self.writers = [self._start(writer, number) for number in range(WRITERS)]

    def kill_a_writer(self, number: int) -> None:
        """SIGKILL, wherever it stands, and another in its place."""
        victim = self.writers[number]
        victim.kill()
        victim.join()
        self.killed += 1
        self.writers[number] = self._start(writer, number)

    def freeze(self, process: Any, seconds: float) -> None:  # noqa: ANN401 (forkserver's process)
        """SIGSTOP for a while, and go on meanwhile."""
        pid = process.pid
        os.kill(pid, signal.SIGSTOP)
        thaw = threading.Timer(seconds, _go_on, (pid,))
        thaw.daemon = True
        thaw.start()

    def run(
        self,
        *,
        reads: int,
        seconds: float,
        fault: Callable[[], None],
        enough: Callable[[], bool] = lambda: True,
        hunting: bool = False,
    ) -> Verdict:
        """Go on until so much was read or the time is over, with a fault now and then.

        Where reads alone are not `enough`, it goes on until all else is. When `hunting`, the first
        answer from before an acknowledged commit is.
        """
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline and (
                self.ledger.total("reads") < reads or not enough()
            ):
                time.sleep(PAUSE_SECONDS)
                fault()
                self._check()
                if hunting and self.ledger.total("s1"):
                    break
        finally:
            self._end()
        return self.ledger.verdict()

    def _check(self) -> None:
        """Nobody ends before it is over: one that fell silent would find nothing."""
        for process in (*self.readers, *self.writers):
            if process.exitcode is not None:
                raise AssertionError(f"{process} has ended: its last words are above")

    def _end(self) -> None:
        self.ledger.end()
        for process in (*self.readers, *self.writers):
            _go_on(process.pid)
            process.join(20)
            if process.is_alive():
                process.kill()

    def _start(self, act: Callable[..., None], number: int) -> Any:  # noqa: ANN401 (as above)
        urls = (self._database_url, self._cache_urls[number % 2])
        kind = self._kinds[number % len(self._kinds)]
        process = processes.Process(target=act, args=(self.ledger, kind, number, *urls))
        process.start()
        return process


def _go_on(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
