"""Screens that listen, come back when their stream ends, and note all they are told."""

import threading
from contextlib import suppress

import msgspec
import urllib3

from lab.browser import Event, events
from lab.chaos.history import OK, Heard, Listened, clock
from lab.chaos.witness import Asker, Stage
from lab.chaos.writing import FIRST_VERSION, thing

# As `retry:` of the streams asks.
AGAIN_SECONDS = 1.0
NEWS = ("snapshot", "changes")


class Screen:
    """One page that is open all the time; `sensor` is the one whose values it watches."""

    def __init__(
        self, stage: Stage, person: Asker, path: str, *, line: str = "", sensor: str = ""
    ) -> None:
        self._stage = stage
        self._browser = person.browser
        self._path = path
        self._name = path.removeprefix("/live/")
        self._line = line
        self._sensor = sensor
        self._last = ""
        self._ending = threading.Event()
        self._answer: urllib3.BaseHTTPResponse | None = None

    def run(self) -> None:
        """Listen, until told to end."""
        while not self._ending.is_set():
            began = clock()
            try:
                self._answer = self._browser.listen(self._path, self._last or None)
            except urllib3.exceptions.HTTPError:
                self._listened(began, 0)
            else:
                self._listened(began, self._answer.status)
                if self._answer.status == OK:
                    self._hear(self._answer)
                else:
                    self._answer.drain_conn()
            self._ending.wait(AGAIN_SECONDS)

    def end(self) -> None:
        """Let `run` return, though nothing is said any more."""
        self._ending.set()
        if isinstance(self._answer, urllib3.HTTPResponse):
            with suppress(RuntimeError, ValueError):  # the stream has ended by itself just now
                self._answer.shutdown()

    def _listened(self, began: float, status: int) -> None:
        self._stage.history.note(
            Listened(
                route=f"GET /live/{'lines/<slug>' if self._line else 'board'}",
                via="balancer",
                began=began,
                ended=clock(),
                status=status,
                screen=self._name,
                after=self._last,
            )
        )

    def _hear(self, answer: urllib3.BaseHTTPResponse) -> None:
        # Cut, or silent for longer than a heartbeat: it comes back.
        with suppress(urllib3.exceptions.HTTPError):
            for event in events(answer):
                if self._ending.is_set():
                    break
                self._note(event)
        answer.close()

    def _note(self, event: Event) -> None:
        shows = self._shown(event.data) if event.name in NEWS else {}
        self._last = event.id or self._last
        self._stage.history.note(
            Heard(screen=self._name, at=clock(), event=event.name, position=event.id, shows=shows)
        )

    def _shown(self, data: str) -> dict[str, int]:
        told = msgspec.json.decode(data)
        shows = {
            thing(tile["line"]): tile["target_per_hour"]
            for tile in told["tiles"]
            if tile["target_per_hour"] >= FIRST_VERSION
        }
        value = told["readings"].get(self._sensor)
        return shows | ({self._line: int(value["value"])} if value is not None else {})
