"""Figures: the board page and a gateway's batch, against a page of Flask that says hello."""

import itertools
from collections.abc import Mapping
from contextlib import ExitStack, closing

import psutil
import urllib3

from benchmarks.batches import READINGS, Numbering
from benchmarks.browser import sign_in
from benchmarks.instance import USERNAME, Instance
from benchmarks.rounds import Compared, in_turns
from lab import procfile
from lab.engines import free_port

ROUNDS = 10
ASKED, HELLOS = 80, 1_000
# Kept-alive connections stay with the worker that took them; several reach both workers.
CONNECTIONS = 6

_HELLO = (
    "against a page of Flask that says hello on the same server with the same flags. The CPU time "
    "of Valkey and PostgreSQL is left out."
)
BOARD = (
    "Requests per second of CPU time that the web process and its workers used (not per second on "
    "the clock): `GET /` signed in, with the session from the cache, four tiles from the database, "
    f"templates, headers and a line of log; {_HELLO}"
)
BATCH = (
    f"The same of `POST /api/v1/readings`: {READINGS} readings, the gateway's token looked up, "
    f"each name, moment and value checked, and landed; {_HELLO}"
)


class Page:
    """A route of one server, asked over a few connections in turn."""

    def __init__(
        self,
        url: str,
        process: psutil.Process,
        *,
        times: int,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> None:
        self._process = process
        self._path = urllib3.util.parse_url(url).request_uri
        self._headers = headers
        self._body = body
        self._times = times
        self._pools = [
            urllib3.connection_from_url(url, maxsize=1, timeout=10) for _ in range(CONNECTIONS)
        ]

    def per_cpu_second(self) -> float:
        """Requests answered per second of CPU time."""
        before = cpu_seconds(self._process)
        for pool in itertools.islice(itertools.cycle(self._pools), self._times):
            self._ask(pool)
        return self._times / (cpu_seconds(self._process) - before)

    def close(self) -> None:
        for pool in self._pools:
            pool.close()

    def _ask(self, pool: urllib3.HTTPConnectionPool) -> None:
        method = "GET" if self._body is None else "POST"
        answer = pool.request(
            method, self._path, body=self._body, headers=self._headers, redirect=False
        )
        if answer.status not in (200, 202):
            raise RuntimeError(f"{pool.host}:{pool.port}{self._path} answered {answer.status}")


def cpu_seconds(process: psutil.Process) -> float:
    """What a process and its workers have used so far."""
    tree = [process, *process.children(recursive=True)]
    return sum(times.user + times.system for times in (each.cpu_times() for each in tree))


def compare(instance: Instance) -> list[Compared]:
    """With `web` running; the other server runs only here."""
    instance.ports["hello"] = free_port()
    same_flags = procfile.command("web", port=instance.ports["hello"])[:-1]
    instance.launch("hello", [*same_flags, "benchmarks.hello:application"])
    cookie = sign_in(instance.url("web"), USERNAME, instance.password)
    with ExitStack() as ending:
        ending.callback(instance.stop, "hello")
        instance.await_answer("hello", "/")
        web, other = (psutil.Process(instance.processes[name].pid) for name in ("web", "hello"))
        headers = {"Cookie": cookie}
        hello = Page(instance.url("hello", "/"), other, times=HELLOS, headers=headers)
        board = Page(instance.url("web", "/"), web, times=ASKED, headers=headers)
        batch = _batch(instance, web)
        for page in (hello, board, batch):
            ending.enter_context(closing(page))
        rows = (("the board page", BOARD, board), ("a batch by HTTP", BATCH, batch))
        return [
            Compared(
                *(name, "requests/CPU s", means),
                *in_turns(page.per_cpu_second, hello.per_cpu_second, rounds=ROUNDS),
                "hello",
            )
            for name, means, page in rows
        ]


def _batch(instance: Instance, web: psutil.Process) -> Page:
    """The same readings again and again: that they are known is the drain's to see."""
    headers = {
        "Authorization": f"Bearer {instance.token('bench')}",
        "Content-Type": "application/json",
    }
    url = instance.url("web", "/api/v1/readings")
    return Page(url, web, times=ASKED, headers=headers, body=Numbering().batch(0).body)
