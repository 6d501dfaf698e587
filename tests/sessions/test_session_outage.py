"""While the store is away: what needs no session works, the rest says so, and nothing is lost."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as Unreachable
from redis.retry import Retry

from app.sessions import SessionsAway
from lab.engines import Valkey, free_port
from tests.sessions.conftest import MakeApp
from tests.sessions.endpoints import Watched
from tests.sessions.served import until
from tests.sessions.visitor import Visitor
from tests.sessions.watching import commands

QUIET = {"/untouched": 200, "/no-such-page": 404, "/static/plain.txt": 200}
READS = ("/who", "/all", "/read?key=note")
WRITES = (
    *("/write?key=note&value=lost", "/append?key=list&item=lost", "/incr?key=clicks", "/rotate"),
    *("/login?user=ada", "/logout"),
)


class Loading(Valkey):
    """A server that takes its time to load what it has, key by key."""

    slowly = False

    def _settings(self) -> str:
        delay = "key-load-delay 1000\nloading-process-events-interval-bytes 1024\n"
        return super()._settings() + "enable-debug-command yes\n" + (delay if self.slowly else "")

    def is_loading(self) -> bool:
        try:
            self._ask()
        except BusyLoadingError:
            return True
        return False

    def _answers(self) -> bool:
        try:
            self._ask()
        except Unreachable as fault:
            return isinstance(fault, BusyLoadingError)
        return True

    def _ask(self) -> None:
        # redis-py's own tries would outlast it.
        never_again = Retry(NoBackoff(), 0)
        with Redis(port=self.port, password=self.password, retry=never_again) as client:
            client.get("anything")


@pytest.fixture
def ada(valkey: Valkey, make_app: MakeApp) -> Visitor:
    """Signed in, over a server of this test's own."""
    browser = Visitor(make_app(valkey.url))
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    return browser


def is_back(browser: Visitor) -> bool:
    return browser.get("/who").status_code == 200


def quiet(browser: Visitor) -> dict[str, int]:
    return {path: browser.get(path, buffered=True).status_code for path in QUIET}


def refusals(browser: Visitor, paths: tuple[str, ...]) -> set[tuple[object, ...]]:
    """What is told apart of the answers, and whether one touched the cookie."""
    answers = [browser.get(path) for path in paths]
    return {
        (it.status_code, it.headers.get("Retry-After"), "Set-Cookie" in it.headers)
        for it in answers
    }


def expect_away(browser: Visitor, back: Callable[[], object]) -> None:
    """All that holds during an outage; `back` ends it."""
    token, stranger = browser.token, Visitor(browser.app)
    assert quiet(browser) == QUIET
    assert refusals(browser, READS) == {(503, "2", False)}
    assert refusals(browser, WRITES) == {(503, "2", False)}
    assert quiet(stranger) == QUIET
    assert stranger.user is None
    assert stranger.get("/write?key=note&value=lost").status_code == 503
    assert (browser.token, stranger.token) == (token, "")
    back()
    until(lambda: is_back(browser))
    assert (browser.user, browser.content) == ("ada", {"note": "mine"})
    assert browser.get("/write?key=note&value=new").status_code == 200
    assert browser.content == {"note": "new"}


def test_a_dead_store(ada: Visitor, valkey: Valkey) -> None:
    valkey.stop()

    expect_away(ada, valkey.start)


def test_a_frozen_store(ada: Visitor, valkey: Valkey) -> None:
    valkey.signal(signal.SIGSTOP)

    expect_away(ada, lambda: valkey.signal(signal.SIGCONT))


def test_a_store_that_is_loading(tmp_path: Path, make_app: MakeApp) -> None:
    server = Loading(tmp_path / "loading").start()
    try:
        ada = Visitor(make_app(server.url))
        ada.get("/login?user=ada")
        ada.get("/write?key=note&value=mine")
        with server.client() as client:
            client.execute_command("DEBUG", "POPULATE", "5000", "filler", "100")
            client.bgrewriteaof()
            until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        server.stop()
        server.slowly = True
        server.start()
        was_loading = server.is_loading()
        refused = refusals(ada, READS)
        still = server.is_loading()
        with server.client() as client:
            client.config_set("key-load-delay", 0)
        until(lambda: is_back(ada))

        assert was_loading
        assert still
        assert refused == {(503, "2", False)}
        assert (ada.user, ada.content) == ("ada", {"note": "mine"})
    finally:
        server.kill()


def test_a_store_that_was_demoted_is_read_from(ada: Visitor, valkey: Valkey) -> None:
    """A touch that is due does not keep anybody out."""
    with valkey.client() as client:
        client.replicaof("127.0.0.1", str(free_port()))
        seen = ada.user, ada.content
        refused = refusals(ada, ("/write?key=note&value=lost", "/incr?key=clicks", "/logout"))
        client.replicaof("NO", "ONE")

    assert seen == ("ada", {"note": "mine"})
    assert refused == {(503, "2", False)}
    until(lambda: ada.get("/write?key=note&value=new").status_code == 200)
    assert (ada.user, ada.content) == ("ada", {"note": "new"})


def test_a_touch_that_fails_keeps_nobody_out(valkey: Valkey, make_app: MakeApp) -> None:
    ada = Visitor(make_app(valkey.url, SESSION_TOUCH_EVERY=timedelta(0)))
    ada.get("/login?user=ada")
    with valkey.client() as client:
        client.replicaof("127.0.0.1", str(free_port()))
        seen = ada.user
        client.replicaof("NO", "ONE")

    assert seen == "ada"


def test_a_full_store_is_read_from(ada: Visitor, valkey: Valkey) -> None:
    with valkey.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        seen = ada.user, ada.content
        refused = refusals(ada, ("/write?key=note&value=lost", "/incr?key=clicks"))
        client.config_set("maxmemory", 0)

    assert seen == ("ada", {"note": "mine"})
    assert refused == {(503, "2", False)}
    until(lambda: ada.get("/write?key=note&value=new").status_code == 200)


def test_a_store_that_forgot_its_scripts_is_told_them_again(ada: Visitor, valkey: Valkey) -> None:
    with valkey.client() as client:
        for path in ("/who", "/write?key=note&value=x", "/incr?key=n", "/login?user=ada"):
            client.script_flush()

            assert ada.get(path).status_code == 200
        ada.get("/write?key=note&value=x")
        with commands(valkey) as seen:
            ada.get("/write?key=note&value=y")
    assert len(seen) == 1


@pytest.fixture
def counted(valkey: Valkey) -> Iterator[Watched]:
    with Watched(valkey.port) as endpoint:
        yield endpoint


@pytest.mark.parametrize("away", ["frozen", "refusing"])
def test_few_dial_a_store_that_is_away(
    valkey: Valkey, make_app: MakeApp, counted: Watched, away: str
) -> None:
    """Forty requests: five find out, then one a second."""
    ada = Visitor(make_app(valkey.url.replace(f":{valkey.port}/", f":{counted.port}/")))
    ada.get("/login?user=ada")
    before, began = counted.dials, time.monotonic()
    valkey.signal(signal.SIGSTOP)
    if away == "refusing":
        counted.cut()
    statuses = {ada.get("/who").status_code for _ in range(40)}
    seconds = time.monotonic() - began
    dials = counted.dials - before
    valkey.signal(signal.SIGCONT)
    counted.move(valkey.port)

    assert statuses == {503}
    assert 1 <= dials <= 12 + seconds
    until(lambda: is_back(ada))
    assert ada.user == "ada"


def test_a_single_fault_opens_no_circuit(
    valkey: Valkey, make_app: MakeApp, counted: Watched
) -> None:
    ada = Visitor(make_app(valkey.url.replace(f":{valkey.port}/", f":{counted.port}/")))
    ada.get("/login?user=ada")
    for _ in range(4):
        counted.cut()
        assert ada.get("/who").status_code == 503
        counted.move(valkey.port)

        assert ada.user == "ada"


def test_an_application_may_say_it_in_its_own_words(valkey: Valkey, make_app: MakeApp) -> None:
    """At a read, and at the end of a request, when its view has answered already."""
    app: Flask = make_app(valkey.url)
    app.register_error_handler(SessionsAway, lambda _: ("We are away.", 503, {"X-Ours": "yes"}))
    ada = Visitor(app)
    ada.get("/login?user=ada")
    valkey.stop()
    answers = [ada.get(path) for path in ("/who", "/write?key=note&value=x", "/login?user=bob")]

    assert {(it.status_code, it.text, it.headers["X-Ours"]) for it in answers} == {
        (503, "We are away.", "yes")
    }
