"""A screen on the floor: it listens to a line, and comes back when its stream ends."""

import json
import threading
from contextlib import suppress
from http import HTTPStatus

import urllib3

from lab.browser import Browser, events
from lab.rehearsal.record import Record

# As `retry:` of the streams asks.
AGAIN_SECONDS = 1.0
STREAM = "GET /live/lines/<slug>"


class Screen:
    """Hears every word of one line once, however often its stream ends: anything else has failed.

    `newest` is the largest number heard of the readings of one sensor.
    """

    def __init__(self, browser: Browser, record: Record, *, line: str, sensor: str) -> None:
        self.line = line
        self.newest = 0
        self._browser = browser
        self._record = record
        self._path = f"/live/lines/{line}"
        self._sensor = sensor
        self._last: str | None = None
        self._ending = threading.Event()
        self._answer: urllib3.BaseHTTPResponse | None = None

    def watch(self) -> None:
        """Listen until told to end."""
        while not self._ending.is_set():
            try:
                self._answer = self._browser.listen(self._path, self._last)
            except urllib3.exceptions.HTTPError as fault:
                self._record.failed(STREAM, type(fault).__name__)
            else:
                self._hear(self._answer)
            self._ending.wait(AGAIN_SECONDS)

    def end(self) -> None:
        """Let `watch` return, though nothing is said any more."""
        self._ending.set()
        if isinstance(self._answer, urllib3.HTTPResponse):
            with suppress(RuntimeError):  # the stream has ended by itself just now
                self._answer.shutdown()

    def _hear(self, answer: urllib3.BaseHTTPResponse) -> None:
        if not self._record.answered(STREAM, answer.status, expected=HTTPStatus.OK):
            answer.drain_conn()
            return
        came_back = self._last is not None
        try:
            for event in events(answer):
                if self._ending.is_set():
                    break
                self._note(*event, came_back=came_back)
        except urllib3.exceptions.ReadTimeoutError:
            self._record.failed(STREAM, "said nothing, not even that it is there")
        except urllib3.exceptions.HTTPError:
            pass  # it was cut, as the balancer cuts what is left of a target
        finally:
            answer.close()
        if not self._ending.is_set():
            self._record.stream_ended()

    def _note(self, event: str, position: str, data: str, *, came_back: bool) -> None:
        if came_back and event in ("reset", "snapshot"):
            self._record.failed(STREAM, f"what was missed after {self._last} is not known: {event}")
        if event == "signed-out":
            self._record.failed(STREAM, "signed out")
        if event not in ("snapshot", "changes"):
            return
        if position and self._last and not _follows(position, self._last):
            self._record.failed(STREAM, f"{position} came after {self._last}")
        self._last = position or self._last
        said = json.loads(data)["readings"].get(self._sensor)
        if said is not None and event == "changes":
            self.newest = max(self.newest, int(said["value"]))


def _follows(position: str, last: str) -> bool:
    (epoch, _, offset), (epoch_before, _, offset_before) = (
        each.rpartition("-") for each in (position, last)
    )
    return epoch == epoch_before and int(offset) >= int(offset_before)
