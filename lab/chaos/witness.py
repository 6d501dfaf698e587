"""Whoever uses the fleet and notes how that went; each kind of witness builds on this."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import urllib3

from lab.browser import Browser, NotLetIn
from lab.chaos.history import BALANCER, SEE_OTHER, History, SignedIn, clock

# The load beside the witnesses has the other plant: what it does there changes nothing here.
PLANT = "south"
# Between two requests of each.
PAUSE_SECONDS = 0.2
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class Answer(NamedTuple):
    """How a request was answered; `facts` are what every event of one says."""

    facts: dict[str, Any]
    body: bytes
    location: str

    @property
    def status(self) -> int:
        return int(self.facts["status"])


class Asker:
    """One browser, at the balancer or at one instance past it."""

    def __init__(self, via: str, port: int, *, cookies: dict[str, str] | None = None) -> None:
        self.via = via
        self.browser = Browser(port, None)
        if cookies is not None:
            self.browser.cookies = cookies

    def ask(
        self,
        method: str,
        path: str,
        route: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, or that there was none."""
        return self._answer(
            route, lambda: self.browser.ask(method, path, body=body, headers=headers)
        )

    def submit(self, path: str, fields: Mapping[str, str], route: str, *, page: str) -> Answer:
        """The same for a form on a page."""
        return self._answer(route, lambda: self.browser.submit(path, fields, page=page))

    def _answer(self, route: str, ask: Callable[[], urllib3.BaseHTTPResponse]) -> Answer:
        facts: dict[str, Any] = {"route": route, "via": self.via, "began": clock()}
        try:
            answer = ask()
        except urllib3.exceptions.HTTPError:
            return Answer({**facts, "ended": clock(), "status": 0}, b"", "")
        return Answer(
            {**facts, "ended": clock(), "status": answer.status},
            bytes(answer.data),
            answer.headers.get("Location", ""),
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """Where witnesses stand: where to ask, where to note it, and until when to go on."""

    history: History
    ports: Mapping[str, int]
    stopping: threading.Event

    def asker(self, via: str = BALANCER, *, cookies: dict[str, str] | None = None) -> Asker:
        return Asker(via, self.ports[via], cookies=cookies)

    def instances(self) -> list[str]:
        return [name for name in self.ports if name != BALANCER]

    def goes_on(self, *, pause: float = PAUSE_SECONDS) -> bool:
        """Wait a little; False once it is over."""
        return not self.stopping.wait(pause)


def sign_in(stage: Stage, username: str, password: str) -> Asker:
    """Somebody who is signed in, before anything is broken; raises `NotLetIn`.

    The session is called as its user is.
    """
    asker = stage.asker()
    answer = asker.submit(
        *("/sign-in", {"username": username, "password": password}, "POST /sign-in"),
        page="/sign-in",
    )
    if answer.status != SEE_OTHER:
        raise NotLetIn(f"{username} signing in was answered with {answer.status}")
    stage.history.note(SignedIn(**answer.facts, session=username))
    return asker
