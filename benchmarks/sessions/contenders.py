"""Who takes part, each set up as its documentation says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import flask_session
from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from redis import Redis

from app.cache import open_store
from app.sessions import connect
from app.sessions.interface import Session
from app.sessions.session import LazySession
from benchmarks.sessions.application import make_application
from benchmarks.sessions.visitor import Visitor

USER = 7

Install = Callable[[Flask, str], None]


class Nothing(dict[str, Any], SessionMixin):
    """A session that is empty at the start of each request, and forgotten at its end."""


class NoSessions(SessionInterface):
    """What Flask itself costs: no cookie is read or set."""

    def open_session(self, app: Flask, request: Request) -> Nothing:
        return Nothing()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        pass


def no_sessions(application: Flask, _: str) -> None:
    application.session_interface = NoSessions()


def signed_cookie(_: Flask, __: str) -> None:
    """Flask's own, which it comes with."""


def stock(application: Flask, url: str) -> None:
    application.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis.from_url(url))
    flask_session.Session(application)


def stock_without_refresh(application: Flask, url: str) -> None:
    application.config["SESSION_REFRESH_EACH_REQUEST"] = False
    stock(application, url)


def ours(application: Flask, url: str) -> None:
    """On the connection that the query cache has for the thread, as in the product."""
    wire = open_store(url).wire
    application.config["SESSION_REDIS"] = lambda: wire().client  # type: ignore[union-attr] # one server has one
    Session(application)


def ours_alone(application: Flask, url: str) -> None:
    """As in any application: a client with a pool of connections."""
    application.config["SESSION_REDIS"] = connect(url)
    Session(application)


def sign_in_ours() -> None:
    cast("LazySession", session).login(USER)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contender by its name on the page."""

    name: str
    install: Install
    sign_in: Callable[[], None] = lambda: None

    def make(self, cache_url: str) -> Visitor:
        """A visitor of its application, with a live session."""
        # Peers know Redis' scheme only.
        url = cache_url.replace("valkey://", "redis://", 1)
        return Visitor(
            make_application(lambda flask: self.install(flask, url), sign_in=self.sign_in)
        )


BASELINE = "a session that costs nothing"
COOKIE = "Flask's signed cookie"
STOCK = "flask-session"
NO_REFRESH = "flask-session, no refresh"
OURS = "ours"
ALONE = "ours, with a pool"

ENTRANTS = [
    Entrant(BASELINE, no_sessions),
    Entrant(OURS, ours, sign_in_ours),
    Entrant(ALONE, ours_alone, sign_in_ours),
    Entrant(COOKIE, signed_cookie),
    Entrant(STOCK, stock),
    Entrant(NO_REFRESH, stock_without_refresh),
]
