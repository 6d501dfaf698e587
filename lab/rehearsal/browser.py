"""A browser as far as the rehearsal needs one: TLS, cookies, a form, and an event stream."""

import html
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import urllib3

from lab.balancer import HOST

ORIGIN = f"https://{HOST}"
# Longer than the pause between two heartbeats of a stream.
SILENCE_SECONDS = 25.0
PATIENCE_SECONDS = 15.0
SESSION = "__Host-andon-session"


class NotLetIn(Exception):
    """Nobody could sign in, or not as they should."""


class Browser:
    """Asks the balancer as somebody on the internet does, in a connection for each request.

    Not in one that is kept: nginx closes those when it takes a new list of targets, and an
    Application Load Balancer does not.
    """

    def __init__(self, port: int, authority: Path) -> None:
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
        self._cookies: dict[str, str] = {}

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
            self._cookies[name] = value
        return answer

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the form; raises `NotLetIn` unless the cookie is for HTTPS and us alone."""
        form = self.ask("GET", "/sign-in").data.decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        fields = {"username": username, "password": password}
        answer = self.ask(
            "POST",
            "/sign-in",
            body=urlencode(
                fields | {"csrf_token": html.unescape(token[1]) if token else ""}
            ).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"{ORIGIN}/sign-in",
            },
        )
        if answer.status != HTTPStatus.SEE_OTHER or SESSION not in self._cookies:
            raise NotLetIn(f"signing in was answered with {answer.status}")

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
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Host": HOST, **({"Cookie": cookies} if cookies else {}), **more}
