"""A browser inside the test's own process."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


class Visitor:
    """Asks an application, and keeps its cookies; `https` for those that want it."""

    def __init__(self, app: Flask, *, https: bool = False, cookie: str = "session") -> None:
        self.app = app
        self._client = app.test_client()
        self._scheme = "https" if https else "http"
        self._cookie = cookie

    def get(self, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 (Werkzeug's)
        return self._client.get(path, base_url=f"{self._scheme}://localhost", **options)

    def post(self, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 (Werkzeug's)
        return self._client.post(path, base_url=f"{self._scheme}://localhost", **options)

    def json(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    @property
    def user(self) -> Any:  # noqa: ANN401 (JSON)
        """Who is signed in here."""
        return self.json("/who")["user"]

    @property
    def name(self) -> str:
        """The session's name."""
        return str(self.json("/who")["name"])

    @property
    def content(self) -> Any:  # noqa: ANN401 (JSON)
        return self.json("/all")

    @property
    def token(self) -> str:
        """What the session's cookie has; empty where there is none."""
        cookie = self._client.get_cookie(self._cookie)
        return cookie.value if cookie else ""

    def carry(self, token: str) -> None:
        """Have this token from now on, however it was come by."""
        self._client.set_cookie(self._cookie, token)

    def carry_other(self, name: str, value: str) -> None:
        """Have a cookie of another name."""
        self._client.set_cookie(name, value)

    def has_no_cookie(self, name: str) -> bool:
        return self._client.get_cookie(name) is None

    def forget(self) -> None:
        self._client.delete_cookie(self._cookie)


def raw(app: Flask, cookie: str, path: str = "/who") -> TestResponse:
    """The answer to a cookie header that no browser would send."""
    client = app.test_client(use_cookies=False)
    return client.get(path, environ_overrides={"HTTP_COOKIE": cookie})
