"""The application as real processes, and a browser that speaks to them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import urllib3

from lab.engines import free_port

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 30
ANSWER_SECONDS = 30


class Served:
    """One process of the application."""

    def __init__(
        self, folder: Path, url: str, *, stock: bool = False, clock: float = 0, **settings: object
    ) -> None:
        """`clock`: by how many seconds its clock is wrong. Durations are told in seconds."""
        self.gates = folder
        self.port = free_port()
        self._clock = clock
        self._asked = {
            "url": url,
            "port": self.port,
            "stock": stock,
            "gates": str(folder),
            "settings": settings,
        }
        self._log = folder / f"{self.port}.log"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "Served":
        """Start it; `ready` waits until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.sessions.wrong_clock", str(self._clock)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        json.dump(self._asked, self._process.stdin)
        self._process.stdin.close()
        return self

    def ready(self) -> "Served":
        until(self._answers, seconds=START_SECONDS)
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return self._log.read_text()

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            pytest.fail(f"the application ended: {self.log()[-2000:]}")
        try:
            return http("GET", self.port, "/untouched", {}).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def http(
    method: str, port: int, path: str, headers: dict[str, str], **query: object
) -> urllib3.BaseHTTPResponse:
    """One request on a connection of its own."""
    with urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS) as pool:
        fields = {name: str(value) for name, value in query.items()}
        url = f"http://127.0.0.1:{port}{path}"
        return pool.request(method, url, fields=fields, headers=headers, redirect=False)


class Browser:
    """Keeps cookies, each as the answer that came last set it."""

    def __init__(self, **cookies: str) -> None:
        self.cookies = cookies

    def get(self, server: Served, path: str, **query: object) -> urllib3.BaseHTTPResponse:
        """What is answered; the cookies sent are those of this moment."""
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = http("GET", server.port, path, {"Cookie": sent} if sent else {}, **query)
        self._take(answer)
        return answer

    def json(self, server: Served, path: str, **query: object) -> Any:  # noqa: ANN401 (JSON)
        answer = self.get(server, path, **query)
        assert answer.status == 200, answer.data
        return answer.json()

    def user(self, server: Served) -> Any:  # noqa: ANN401 (JSON)
        """Who this browser is signed in as."""
        return self.json(server, "/who")["user"]

    def copy(self) -> "Browser":
        """Another one with the same cookies, which it may have stolen."""
        return Browser(**self.cookies)

    @contextmanager
    def meanwhile(self, server: Served, path: str, **query: object) -> Iterator[Future[Any]]:
        """A slow request: it is half-way when the block begins, and ends after the block."""
        name = f"{time.monotonic_ns()}"
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(partial(self.get, server, path, hold=name, **query))
            try:
                inside = server.gates / f"{name}.inside"
                until(lambda: inside.exists() or slow.done(), pause=0.0005)
                yield slow
            finally:
                (server.gates / f"{name}.open").touch()
            assert slow.result(ANSWER_SECONDS).status < 500, slow.result().data

    def _take(self, answer: urllib3.BaseHTTPResponse) -> None:
        for header in answer.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def until(holds: Callable[[], bool], *, seconds: float = 10, pause: float = 0.02) -> None:
    """Wait until it holds; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come true in {seconds} s")
        time.sleep(pause)
