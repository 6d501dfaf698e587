"""Servers for sessions, the tiny application over them, and where each of the forty cases is.

The cases are attacks and mishaps, each with a control: the same step without it works.

| case | | where, `test_session_….py` |
|---|---|---|
| 1 | an id the attacker chose | identity |
| 2 | malformed ids | keys |
| 3 | a key's name as a cookie | identity |
| 4 | the token, searched for in the store | keys |
| 5 | fixation | identity |
| 6 | rotation keeps the data and ends the old id | identity |
| 7 | replay after logout | identity |
| 8, 9 | logout, login, with requests in flight | races |
| 10 | two writers | writers |
| 11, 12, 13 | sign-out everywhere, restored copies, a login meanwhile | everywhere |
| 14, 15, 16 | idle, absolute, a wrong clock, touches | timeouts |
| 17, 18 | what others put under our keys | foreign |
| 19 | the store dead, frozen, read-only, loading, without its scripts | outage |
| 20 | failover | failover |
| 21 | an instance killed | crashes |
| 22 | a save sent twice | crashes |
| 23, 24, 25 | the cookie, a tossed one, `Vary` | cookies |
| 26 | CSRF token of before login, or of another session | csrf; the forms' own: tests/web |
| 27 | three sessions a user, ten logins at once | limits |
| 28, 29 | password changed, account closed; another's session | the product's: tests/web |
| 30 | too large | limits |
| 31 | tokens in logs and error pages | secrets |
| 32 | timing | keys |
| 33 | key rotation | secrets |
| 34 | rolling deployment | secrets |
| 35 | cluster | cluster |
| 36 | a change of privilege | the product's: tests/web |
| 37, 38, 39 | crawlers, header injection, entropy | keys |
| 40 | a stolen remember-me token | the product's: tests/web |

Beside them: the asyncio reader (reader), flask-session's own sessions (legacy), and what settings
are refused (settings).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.application import connect, create_app
from tests.sessions.pair import Pair
from tests.sessions.served import Served
from tests.sessions.visitor import Visitor

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("sessions")).start()
    yield server
    server.stop()


@pytest.fixture
def server(_server: Valkey) -> Valkey:
    """An empty server, for tests that leave it running."""
    with _server.client() as client:
        client.flushall()
    return _server


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A primary with a replica, in step."""
    pair = Pair(tmp_path)
    yield pair.follow()
    pair.close()


@pytest.fixture
def redis(server: Valkey) -> Iterator[Redis]:
    """The test's own look at what is stored."""
    with server.client() as client:
        yield client


@pytest.fixture
def make_app(server: Valkey) -> Iterator[MakeApp]:
    """Builds applications with settings, over the server or another one."""
    clients: list[Any] = []

    def make(url: str = server.url, **settings: Any) -> Flask:  # noqa: ANN401 (of any kind)
        clients.append(connect(url, **settings.pop("client_options", {})))
        return create_app(clients[-1], **settings)

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def store(app: Flask) -> SessionStore:
    found: SessionStore = app.extensions["sessions"]
    return found


@pytest.fixture
def browser(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def attacker(app: Flask) -> Visitor:
    """Another browser."""
    return Visitor(app)


@pytest.fixture(scope="session")
def two(
    _server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Served]]:
    """Two instances of the application, over one server."""
    yield from _served(_server, tmp_path_factory)


@pytest.fixture(scope="session")
def two_of_stock(
    _server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Served]]:
    """The same over flask-session 0.8.0: what the races are measured with."""
    yield from _served(_server, tmp_path_factory, stock=True)


def _served(
    server: Valkey, folders: pytest.TempPathFactory, **settings: object
) -> Iterator[tuple[Served, Served]]:
    one, other = (
        Served(folders.mktemp("served"), server.url, **settings).start()  # type: ignore[arg-type]
        for _ in range(2)
    )
    yield one.ready(), other.ready()
    one.kill()
    other.kill()
