"""Asks an application as a server does: an environ goes in, an iterable comes out."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.http import parse_cookie
from werkzeug.test import EnvironBuilder

from benchmarks.querycache.contender import timed
from benchmarks.sessions.application import SIGN_IN

OK = f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}"

Headers = list[tuple[str, str]]


class Refused(Exception):
    """An answer that was no 200: its time would be that of an error."""


class Visitor:
    """A browser with a live session; what an answer sets later is not taken over."""

    def __init__(self, application: Flask) -> None:
        self.application = application
        self._headers: Headers = []
        self.answer(environ_of(SIGN_IN))
        set_cookies = [value for name, value in self._headers if name == "Set-Cookie"]
        pairs = [value.partition(";")[0] for value in set_cookies]
        self.cookie = "; ".join(pair for pair in pairs if any(parse_cookie(pair).values()))

    def ask(self, path: str, *, with_cookie: bool = True) -> bytes:
        return self.answer(environ_of(path, self.cookie if with_cookie else ""))

    def burst(self, path: str, times: int, *, with_cookie: bool = True) -> list[float]:
        """The seconds that each of so many requests took, one after the other."""
        environ = environ_of(path, self.cookie if with_cookie else "")
        return timed(lambda: self.answer(environ), times)

    def answer(self, environ: dict[str, Any]) -> bytes:
        # An application writes into its environ.
        answer: Iterable[bytes] = self.application(environ.copy(), self._start_response)
        try:
            return b"".join(answer)
        finally:
            answer.close()  # type: ignore[attr-defined] # Flask's always has it

    def _start_response(
        self, status: str, headers: Headers, exc_info: object = None
    ) -> Callable[[bytes], None]:
        if status != OK:
            raise Refused(status)
        self._headers = headers
        return lambda _: None


def environ_of(path: str, cookie: str = "") -> dict[str, Any]:
    headers = [("Cookie", cookie)] if cookie else []
    return EnvironBuilder(path, headers=headers).get_environ()
