"""A browser as far as the workshop needs one: TLS, cookies, a form, and an event stream."""

import html
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import urllib3

from lab.balancer import HOST

# Longer than the pause between two heartbeats of a stream.
SILENCE_SECONDS = 25.0
PATIENCE_SECONDS = 15.0
SESSION = "andon-session"


class Event(NamedTuple):
    """One event of a stream; without an id it carries no news."""

    name: str
    id: str
    data: str


class NotLetIn(Exception):
    """Nobody could sign in, or not as they should."""


class Browser:
    """Asks the balancer as somebody on the internet does, in a connection for each request.

    Not in one that is kept: nginx closes those when it takes a new list of targets, and an
    Application Load Balancer does not.
    """

    def __init__(self, port: int, authority: Path | None) -> None:
        """`authority` signed the certificate of `andon.example`; without one it is plain HTTP."""
        self._pool: urllib3.HTTPConnectionPool
        if authority is None:
            self._host, self._scheme, self._session = f"127.0.0.1:{port}", "http", SESSION
            self._pool = urllib3.HTTPConnectionPool(
                "127.0.0.1", port, retries=False, timeout=PATIENCE_SECONDS, maxsize=1
            )
        else:
            self._host, self._scheme, self._session = HOST, "https", f"__Host-{SESSION}"
            self._pool = urllib3.HTTPSConnectionPool(
                "127.0.0.1",
                port,
                ca_certs=str(authority),
                server_hostname=HOST,
                assert_hostname=HOST,
                retries=False,
                timeout=PATIENCE_SECONDS,
                maxsize=1,
            )
        self.cookies: dict[str, str] = {}

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """The whole answer, and no redirect followed; raises urllib3's `HTTPError`."""
        answer = self._pool.request(
            method,
            path,
            body=body,
            headers=self._headers(headers or {}) | {"Connection": "close"},
            redirect=False,
        )
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the form; raises `NotLetIn` unless the cookie is for HTTPS and us alone."""
        answer = self.submit("/sign-in", {"username": username, "password": password})
        if answer.status != HTTPStatus.SEE_OTHER or self._session not in self.cookies:
            raise NotLetIn(f"signing in was answered with {answer.status}")

    def submit(
        self, path: str, fields: Mapping[str, str], *, page: str | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Send the form that `page` has, or else the path's own page, with its token.

        Where that page does not come, its answer is the answer.
        """
        form = self.ask("GET", page or path)
        if form.status != HTTPStatus.OK:
            return form
        token = _token(form)
        return self.ask(
            "POST",
            path,
            body=urlencode({**fields, "csrf_token": token}).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"{self._scheme}://{self._host}{path}",
            },
        )

    def form_token(self, path: str) -> str:
        """What proves that a form of this page is sent by who was given it; empty without one."""
        return _token(self.ask("GET", path))

    def listen(self, path: str, last: str | None) -> urllib3.BaseHTTPResponse:
        """An event stream, from after the event of that id; its lines come by iterating."""
        more = {"Last-Event-ID": last} if last else {}
        return self._pool.request(
            "GET",
            path,
            headers=self._headers({"Accept": "text/event-stream", **more}),
            preload_content=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=PATIENCE_SECONDS, read=SILENCE_SECONDS),
        )

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": self._host, **({"Cookie": cookies} if cookies else {}), **more}


def _token(page: urllib3.BaseHTTPResponse) -> str:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.data.decode())
    return html.unescape(token[1]) if token else ""


def events(answer: urllib3.BaseHTTPResponse) -> Iterator[Event]:
    """The events of a stream as they come, until it ends."""
    name = id_ = ""
    for line in answer:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "id":
            id_ = value
        elif field == "data":
            yield Event(name, id_, value)
            name = id_ = ""
