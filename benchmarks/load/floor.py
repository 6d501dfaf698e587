"""Screens on the floor: each holds the board's event stream open, and comes back when it ends."""

# mypy: disable-error-code="import-not-found,import-untyped"
# Locust is in the benchmarks' environment only.

import ssl
import threading
import time
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

import gevent
import msgspec
import urllib3
from locust import User, task

from benchmarks.browser import NotLetIn, sign_in, stream_of_board
from benchmarks.instance import PLANT
from benchmarks.load.counting import TALLY
from benchmarks.load.entry import Entry
from benchmarks.screens import Events

ROUTE = "/live/board"
# As the stream's `retry:` asks; who was not let in waits longer.
AGAIN_SECONDS = 1.0
REFUSED_SECONDS = 3.0
OPEN_SECONDS = 20.0
# There is a sign of life every 15 s.
SILENT_SECONDS = 40.0
CHUNK = 65_536
# Before a deployment: a page comes back at once.
BYE = b"bye"


class Tile(msgspec.Struct):
    line: str
    last_signal_at: datetime | None


class Changes(msgspec.Struct):
    tiles: list[Tile]


_changes = msgspec.json.Decoder(Changes)
_signing_in = threading.Lock()


@cache
def _admitted(host: str) -> tuple[str, str]:
    """The board's stream and the cookie for it: one sign-in for all screens of a worker."""
    entry = Entry.from_environment()
    cookie = sign_in(host, entry.accounts["viewer"][0], entry.password)
    return stream_of_board(host, cookie, PLANT), cookie


def _admission(host: str) -> tuple[str, str]:
    # All screens of a worker come at once, and the first of them signs in.
    with _signing_in:
        return _admitted(host)


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


class FloorScreen(User):  # type: ignore[misc] # Locust is not here where types are checked
    """A screen that nobody touches.

    It notes how old a line's newest signal is when it arrives, by the signal's own moment.
    """

    def on_start(self) -> None:
        self._last: bytes | None = None
        # What the first snapshot brings has happened before.
        self._newest: dict[str, datetime] = {}

    @task  # type: ignore[untyped-decorator]
    def watch(self) -> None:
        """Open the stream and listen to its end."""
        began = time.perf_counter()
        connection = answer = words = None
        try:
            url, cookie = _admission(self.host)
            began = time.perf_counter()
            connection, answer = self._open(url, cookie)
            status = answer.status
        except (NotLetIn, urllib3.exceptions.HTTPError):
            words, status = "its sign-in failed", 0
        except (OSError, HTTPException):
            words, status = "no answer", 0
        if status not in (0, HTTPStatus.OK):
            words = str(status)
        self._note(began, status, words)
        if status == HTTPStatus.UNAUTHORIZED:
            _admitted.cache_clear()
        if answer is None or words is not None:
            gevent.sleep(REFUSED_SECONDS)
        else:
            self._listen(answer)
            gevent.sleep(AGAIN_SECONDS)
        if connection is not None:
            connection.close()

    def _open(self, url: str, cookie: str) -> tuple[HTTPConnection, HTTPResponse]:
        parts = urlsplit(url)
        place, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(place, port, timeout=OPEN_SECONDS, context=_trusted())
            if parts.scheme == "https"
            else HTTPConnection(place, port, timeout=OPEN_SECONDS)
        )
        headers = {"Cookie": cookie, "Accept": "text/event-stream"}
        if self._last is not None:
            headers["Last-Event-ID"] = self._last.decode()
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        if connection.sock is not None:
            connection.sock.settimeout(SILENT_SECONDS)
        return connection, connection.getresponse()

    def _listen(self, answer: HTTPResponse) -> None:
        """Until the stream ends; an end that was not announced is counted."""
        events, words = Events(), "the stream ended"
        TALLY.screens += 1
        try:
            while data := answer.read1(CHUNK):
                arrived = time.time()
                for event in events.feed(data):
                    if event.name == BYE:
                        return
                    self._last = event.id or self._last
                    self._hear(event.name, event.data, arrived)
        except TimeoutError:
            words = "the stream fell silent"
        except (OSError, HTTPException):
            words = "the stream was cut"
        finally:
            TALLY.screens -= 1
        TALLY.went_wrong(f"GET {ROUTE}", words)

    def _hear(self, name: bytes, data: bytes, arrived: float) -> None:
        if name == b"snapshot":
            for tile in _changes.decode(data).tiles:
                if tile.last_signal_at:
                    self._newest[tile.line] = tile.last_signal_at
        if name != b"changes":
            return
        for tile in _changes.decode(data).tiles:
            moment, before = tile.last_signal_at, self._newest.get(tile.line)
            if moment is None or (before is not None and moment <= before):
                continue
            self._newest[tile.line] = moment
            late = datetime.fromtimestamp(arrived, UTC) - moment
            TALLY.heard(arrived, late.total_seconds() * 1000)

    def _note(self, began: float, status: int, words: str | None) -> None:
        self.environment.events.request.fire(
            request_type="GET",
            name=ROUTE,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=None if words is None else HTTPException(words),
            context={"status": status},
        )
