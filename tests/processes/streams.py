"""A signed-in listener, as a browser's EventSource is one."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import urllib3

from tests.builders import PASSWORD
from tests.processes.conftest import Instance

HTTP = urllib3.PoolManager()


def cookie(instance: Instance) -> str:
    """Sign in over HTTP, and give the session's cookie."""
    answer = sign_in(instance)
    assert answer.status == 303, answer.data
    kept = (each.split(";")[0] for each in answer.headers.getlist("Set-Cookie"))
    return next(each for each in kept if each.startswith("andon-session="))


def sign_in(instance: Instance) -> urllib3.BaseHTTPResponse:
    """The answer to a name and its password."""
    url = instance.url("web", "/sign-in")
    form = HTTP.request("GET", url)
    first = form.headers["Set-Cookie"].split(";")[0]
    token = form.data.decode().split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    return HTTP.request(
        "POST",
        url,
        fields={"username": "vera", "password": PASSWORD, "csrf_token": token},
        headers={"Cookie": first},
        encode_multipart=False,
        redirect=False,
    )


class Stream:
    """An event stream, event by event; at the live process itself, unless a whole URL is given."""

    opened: ClassVar[list["Stream"]] = []

    def __init__(self, instance: Instance, path: str, cookie: str, **headers: str) -> None:
        self.answer = HTTP.request(
            "GET",
            path if path.startswith("http") else instance.url("live", path),
            headers={"Cookie": cookie, **headers},
            preload_content=False,
            timeout=urllib3.Timeout(connect=2, read=20),
        )
        self._events = self._read()
        self.opened.append(self)

    def next(self, name: str | None = None) -> dict[str, Any]:
        """The next event, or the next of that name."""
        for event in self._events:
            if name in (None, event["event"]):
                return event
        pytest.fail(f"the stream ended before {name}")

    def close(self) -> None:
        self.answer.close()
        self.answer.release_conn()

    def _read(self) -> Iterator[dict[str, Any]]:
        event: dict[str, Any] = {}
        for raw in self.answer:
            for line in raw.decode().splitlines():
                field, _, value = line.partition(": ")
                if field in ("id", "event"):
                    event[field] = value
                elif field == "data":
                    yield {**event, "data": json.loads(value)}
                    event = {}


@pytest.fixture(autouse=True)
def hung_up() -> Iterator[None]:
    """Whatever a test opened is closed after it."""
    yield
    while Stream.opened:
        Stream.opened.pop().close()
    HTTP.clear()
