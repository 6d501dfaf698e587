"""The door of a plant from outside: batches over HTTP, each until it is taken or refused."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from random import Random
from typing import Any

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from app.commands.refusals import CannotGoOn

CONNECT_SECONDS, READ_SECONDS = 3.0, 8.0
# Waits double from the first to the longest; a server that names its own wait is believed, as
# far as this.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
# A fleet that was turned away together must not come back together.
JITTER = (1.0, 1.5)


class Refused(CannotGoOn):
    """The server read a batch and does not want it; sending it again would not help."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status

    @property
    def is_final(self) -> bool:
        """Whether no other batch would fare better: wrong token, or wrong address."""
        return self.status not in (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )


class Unsent(CannotGoOn):
    """A batch that nobody took before we stopped trying."""


class CannotSend(CannotGoOn):
    """No server can be reached under such a URL, or with such a token."""


@dataclass(slots=True)
class Counts:
    """Items sent so far, of which taken and refused; and how many times a batch went again."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    retried: int = 0


class Problem(msgspec.Struct):
    """What we read of a problem document."""

    detail: str
    errors: list[dict[str, Any]] = []


class Sender:
    """Sends for one gateway, one batch at a time.

    A batch is sent again, byte for byte, as long as the server is away or busy: it may have been
    taken though its answer was lost, and only the same ids and moments count once. `tell` hears
    when a batch has to wait; with `patience` it is given up after that long.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        stopping: threading.Event,
        patience: timedelta | None = None,
        random: Random | None = None,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        if not (token.isascii() and token.isprintable()):
            raise CannotSend("a token is plain ASCII on one line; this is none")
        self.counts = Counts()
        self._url = _checked(url)
        self._stopping = stopping
        self._patience = patience.total_seconds() if patience else float("inf")
        self._random = random or Random()
        self._tell = tell
        self._pool = urllib3.PoolManager(
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
        )

    def send(self, kind: str, items: Sequence[object]) -> None:
        """Return when the batch is taken; raises `Refused` or `Unsent`."""
        body = msgspec.json.encode({kind: items})
        self.counts.sent += len(items)
        began, wait = time.monotonic(), FIRST_WAIT
        while True:
            asked = self._try(kind, body, len(items))
            if asked is None:
                return
            if wait == FIRST_WAIT:
                self._tell(f"{asked.why}; trying again")
            pause = min(asked.seconds or wait, LONGEST_WAIT) * self._random.uniform(*JITTER)
            wait = min(wait * 2, LONGEST_WAIT)
            if time.monotonic() + pause - began > self._patience or self._stopping.wait(pause):
                raise Unsent(asked.why)
            self.counts.retried += 1

    def close(self) -> None:
        self._pool.clear()

    def _try(self, kind: str, body: bytes, items: int) -> "_Later | None":
        """None when the batch is taken; else why it has to wait, and how long if that was said."""
        try:
            answer = self._pool.request(
                "POST", f"{self._url}/api/v1/{kind}", body=body, redirect=False
            )
        except HTTPError as fault:
            return _Later(f"{self._url} does not answer ({type(fault).__name__})")
        if answer.status == HTTPStatus.ACCEPTED:
            self.counts.accepted += items
            return None
        detail = _detail(answer)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            answer.status == HTTPStatus.TOO_MANY_REQUESTS
        ):
            return _Later(f"{answer.status}: {detail}", _seconds(answer.headers.get("Retry-After")))
        self.counts.refused += items
        raise Refused(answer.status, detail)


@dataclass(frozen=True, slots=True)
class _Later:
    """Come back: why, and after how many seconds where the server said so."""

    why: str
    seconds: float | None = None


def _checked(url: str) -> str:
    try:
        parsed = urllib3.util.parse_url(url)
    except LocationParseError as error:
        raise CannotSend(f"{url} is no URL") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise CannotSend(f"{url} does not begin with http:// or https:// and a host")
    return url.rstrip("/")


def _detail(answer: urllib3.BaseHTTPResponse) -> str:
    """What the server says is wrong, on one line, with the first bad item where it names any."""
    try:
        problem = msgspec.json.decode(answer.data, type=Problem)
    except msgspec.DecodeError:
        return answer.reason or "no problem document"
    if not problem.errors:
        return problem.detail
    first = problem.errors[0]
    return (
        f"{problem.detail}; item {first.get('index')}, {first.get('field')}: {first.get('reason')}"
    )


def _seconds(retry_after: str | None) -> float | None:
    """The wait that a server asks for, in seconds; the form with a date is left to our own wait."""
    if retry_after is None or not (retry_after.isascii() and retry_after.isdigit()):
        return None
    return float(retry_after)
