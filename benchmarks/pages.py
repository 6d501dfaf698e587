"""Figure: the board page, against a page of Flask that says hello."""

import itertools
from contextlib import ExitStack
from http import HTTPStatus

import psutil
import urllib3

from benchmarks.browser import sign_in
from benchmarks.instance import USERNAME, Instance
from benchmarks.rounds import Compared, in_turns
from lab import procfile
from lab.engines import free_port

ROUNDS = 9
BOARDS, HELLOS = 80, 1_000
# Kept-alive connections stay with the worker that took them; several reach both workers.
CONNECTIONS = 6

MEANS = (
    "Requests per second of CPU time that the web process and its workers used (not per second on "
    "the clock): `GET /` signed in, with the session from the cache, four tiles from the database, "
    "templates, headers and a line of log; against a page of Flask that says hello on the same "
    "server with the same flags. The CPU time of Valkey and PostgreSQL is left out."
)


class Page:
    """A page of one server, asked over a few connections in turn."""

    def __init__(self, url: str, process: psutil.Process, *, cookie: str, times: int) -> None:
        self._process = process
        self._headers = {"Cookie": cookie}
        self._times = times
        self._pools = [
            urllib3.connection_from_url(url, maxsize=1, timeout=10) for _ in range(CONNECTIONS)
        ]

    def per_cpu_second(self) -> float:
        """Requests answered per second of CPU time."""
        before = self._cpu_seconds()
        for pool in itertools.islice(itertools.cycle(self._pools), self._times):
            answer = pool.request("GET", "/", headers=self._headers, redirect=False)
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(f"{pool.host}:{pool.port} answered {answer.status}")
        return self._times / (self._cpu_seconds() - before)

    def close(self) -> None:
        for pool in self._pools:
            pool.close()

    def _cpu_seconds(self) -> float:
        tree = [self._process, *self._process.children(recursive=True)]
        return sum(times.user + times.system for times in (each.cpu_times() for each in tree))


def compare(instance: Instance) -> Compared:
    """With `web` running; the other server runs only here."""
    instance.ports["hello"] = free_port()
    same_flags = procfile.command("web", port=instance.ports["hello"])[:-1]
    instance.launch("hello", [*same_flags, "benchmarks.hello:application"])
    cookie = sign_in(instance.url("web"), USERNAME, instance.password)
    with ExitStack() as ending:
        ending.callback(instance.stop, "hello")
        instance.await_answer("hello", "/")
        pages = [
            Page(
                instance.url(name),
                psutil.Process(instance.processes[name].pid),
                cookie=cookie,
                times=times,
            )
            for name, times in (("web", BOARDS), ("hello", HELLOS))
        ]
        for page in pages:
            ending.callback(page.close)
        compared = in_turns(*(page.per_cpu_second for page in pages), rounds=ROUNDS)
    return Compared("the board page", "requests/CPU s", MEANS, *compared)
