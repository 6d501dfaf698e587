"""Everybody who uses the plant while it is deployed to."""

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

import msgspec
import urllib3

from app.commands.seed.floor import FloorLine, lay_out
from lab.browser import Browser
from lab.rehearsal.record import Record
from lab.rehearsal.screen import Screen

PLANT = "north"
# Between two requests of each.
PAUSE_SECONDS = 0.15
# How long a screen may take to show what was acknowledged last.
SHOWN_SECONDS = 10.0
READINGS = 10


class Load:
    """People at their pages, gateways that number what they send, screens, and probes."""

    def __init__(self, port: int, authority: Path, record: Record) -> None:
        self.record = record
        self.began_at = datetime.now(UTC)
        self._browser = partial(Browser, port, authority)
        self._lines = [line for line in lay_out().lines if line.plant.slug == PLANT]
        self._numbers = itertools.count(1, READINGS)
        self._stopping = threading.Event()
        self._last: dict[str, int] = {}

    @contextmanager
    def running(self, username: str, password: str, tokens: list[str]) -> Iterator[None]:
        """Use the plant until the block ends; raises `NotLetIn` where it does not begin."""
        person = self._browser()
        person.sign_in(username, password)
        lines = self._lines[: len(tokens)]
        screens = [self._screen(person, line) for line in lines]
        works: list[Callable[[], None]] = [
            *(screen.watch for screen in screens),
            partial(self._read_pages, person),
            self._probe,
            *(partial(self._send, *place) for place in zip(lines, tokens, strict=True)),
        ]
        with ThreadPoolExecutor(len(works)) as pool:
            running = [pool.submit(work) for work in works]
            try:
                yield
            finally:
                self._stopping.set()
                wait(running[len(screens) :])
                for screen in screens:
                    self._end(screen)
        for work in running:
            work.result()

    def _screen(self, person: Browser, line: FloorLine) -> Screen:
        return Screen(person, self.record, line=line.line.slug, sensor=line.sensors[0].slug)

    def _end(self, screen: Screen) -> None:
        """End a screen once it shows what was acknowledged last."""
        last, deadline = self._last.get(screen.line, 0), time.monotonic() + SHOWN_SECONDS
        while screen.newest < last and time.monotonic() < deadline:
            time.sleep(0.1)
        if screen.newest < last:
            self.record.failed("screen", f"shows {screen.newest}, and {last} was acknowledged")
        screen.end()

    def _read_pages(self, person: Browser) -> None:
        lines = [f"/lines/{line.line.slug}" for line in self._lines]
        for path in itertools.cycle([f"/?plant={PLANT}", *lines]):
            if self._stopping.wait(PAUSE_SECONDS):
                return
            page = self._ask(person, "page", "GET", path)
            style = re.search(rb'href="(/static/andon\.css\?v=[0-9a-f]+)"', page)
            if style:
                self._ask(person, "style sheet", "GET", style[1].decode())

    def _probe(self) -> None:
        prober = self._browser()
        while not self._stopping.wait(PAUSE_SECONDS):
            self._ask(prober, "GET /healthz", "GET", "/healthz")
            ready = self._ask(prober, "GET /readyz", "GET", "/readyz")
            if ready:
                self.record.ran(msgspec.json.decode(ready)["version"])

    def _send(self, line: FloorLine, token: str) -> None:
        """One gateway: batch after batch, each until it is taken."""
        gateway = self._browser()
        sensors = [sensor.slug for sensor in line.sensors[:READINGS]]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        while not self._stopping.wait(PAUSE_SECONDS):
            numbers = range(first := next(self._numbers), first + READINGS)
            now = datetime.now(UTC)
            readings = [
                {"sensor": sensor, "at": now + timedelta(microseconds=number), "value": number}
                for number, sensor in enumerate(sensors, start=first)
            ]
            body = msgspec.json.encode({"readings": readings})
            while not self._ask(
                gateway, "POST readings", "POST", "/api/v1/readings", body=body, headers=headers
            ):
                if self._stopping.wait(1):
                    return
            self.record.took(numbers)
            self._last[line.line.slug] = first

    def _ask(
        self,
        browser: Browser,
        what: str,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of the answer that is expected; empty where another came, or none."""
        expected = HTTPStatus.ACCEPTED if method == "POST" else HTTPStatus.OK
        try:
            answer = browser.ask(method, path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as fault:
            self.record.failed(what, f"no answer: {type(fault).__name__}: {fault}")
            return b""
        good = self.record.answered(what, answer.status, expected=expected)
        return bytes(answer.data) if good else b""
