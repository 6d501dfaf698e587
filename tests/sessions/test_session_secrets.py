"""Tokens are told to nobody but their browser, and the secrets they are made with may change."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, session
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.conftest import MakeApp
from tests.sessions.served import Browser, Served
from tests.sessions.visitor import Visitor

OLD, NEW = "the old secret of the tests", "the new secret of the tests"


def signed_in(app: Flask, user: str = "ada") -> Visitor:
    browser = Visitor(app)
    browser.get(f"/login?user={user}")
    return browser


def pieces(token: str) -> tuple[str, ...]:
    """What of a token may be seen nowhere."""
    return (token, *token.split(".")[2:])


def test_no_log_and_no_error_page_tells_a_token(server: Valkey, tmp_path: Path) -> None:
    instance = Served(tmp_path, server.url).start().ready()
    browser, told, names = Browser(), [], []
    browser.get(instance, "/write", key="note", value="x")
    tokens = [browser.cookies["session"]]
    for path in ("/login?user=ada", "/broken", "/rotate", "/broken", "/big?bytes=70000"):
        told.append(browser.get(instance, path).data.decode())
        tokens.append(browser.cookies["session"])
        names.append(browser.json(instance, "/who")["name"])
    stolen = browser.copy()
    browser.get(instance, "/logout")
    late = ("/who", "/write?key=note&value=late", "/broken", "/no-such-page")
    told.extend(stolen.get(instance, path).data.decode() for path in late)
    log = instance.log()
    instance.kill()

    assert "RuntimeError" in log
    assert all(name in log for name in names)  # what one finds if it is there
    for token in set(tokens):
        for piece in pieces(token):
            assert piece not in log
            assert not [page for page in told if piece in page]


def test_not_even_a_debugging_log_tells_one(
    browser: Visitor,
    store: SessionStore,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    browser.get("/login?user=ada")
    token, name = browser.token, browser.name
    for path in ("/write?key=note&value=x", "/append?key=list&item=x", "/broken", "/logout"):
        browser.get(path)
    text = caplog.text + "".join(capsys.readouterr())

    assert name in text
    assert not [piece for piece in pieces(token) if piece in text]


def test_no_repr_tells_one(app: Flask, browser: Visitor) -> None:
    seen: list[str] = []

    def look() -> str:
        seen.extend(map(repr, (session, app.extensions["sessions"], app.session_interface)))
        return "seen"

    app.add_url_rule("/look", view_func=look)
    browser.get("/login?user=ada")
    browser.get("/look")

    assert len(seen) == 3
    assert not [piece for piece in pieces(browser.token) if piece in "".join(seen)]


# Secrets that change


@pytest.fixture
def old(make_app: MakeApp) -> Flask:
    return make_app(SECRET_KEY=OLD)


@pytest.fixture
def both(make_app: MakeApp) -> Flask:
    """The new secret makes tokens, the old one is still believed."""
    return make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD])


@pytest.fixture
def new(make_app: MakeApp) -> Flask:
    return make_app(SECRET_KEY=NEW)


def moved(browser: Visitor, app: Flask) -> Visitor:
    """The same browser, at another version of the application."""
    other = Visitor(app)
    other.carry(browser.token)
    return other


def test_a_token_holds_as_long_as_its_secret_is_believed(
    old: Flask, both: Flask, new: Flask
) -> None:
    browser = signed_in(old)
    browser.get("/write?key=note&value=mine")
    during, after = moved(browser, both), moved(browser, new)
    during.get("/write?key=other&value=too")

    assert (during.user, during.content) == ("ada", {"note": "mine", "other": "too"})
    assert during.token == browser.token
    assert (after.user, after.content) == (None, {})
    assert browser.user == "ada"


def test_new_tokens_are_made_with_the_new_secret(old: Flask, both: Flask, new: Flask) -> None:
    browser = signed_in(both)
    anonymous = Visitor(both)
    anonymous.get("/write?key=note&value=mine")
    rotated = moved(signed_in(old), both)
    rotated.get("/rotate")

    assert moved(browser, new).user == "ada"
    assert moved(rotated, new).user == "ada"
    assert moved(anonymous, new).content == {"note": "mine"}
    assert moved(browser, old).user is None


def test_lists_and_ends_reach_the_sessions_of_all_secrets(old: Flask, both: Flask) -> None:
    first, second = signed_in(old), signed_in(both)
    store: SessionStore = both.extensions["sessions"]
    listed = {view.name for view in store.of("ada")}
    store.end_all("ada", keep=second.name)

    assert listed == {first.name, second.name}
    assert (first.user, second.user) == (None, "ada")
    store.end_all("ada")
    assert second.user is None


def test_a_form_that_is_open_while_the_secret_changes_is_accepted(old: Flask, both: Flask) -> None:
    browser = signed_in(old)
    token = browser.json("/form")
    after = moved(browser, both)

    assert after.post("/form", data={"csrf_token": token}).status_code == 200


@pytest.fixture
def rolling(server: Valkey, tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """Two versions side by side: each believes the other's tokens."""
    first = Served(tmp_path, server.url, SECRET_KEY=OLD, SECRET_KEY_FALLBACKS=[NEW]).start()
    second = Served(tmp_path, server.url, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]).start()
    yield first.ready(), second.ready()
    first.kill()
    second.kill()


@pytest.mark.parametrize("requests", [100, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_rolling_deployment_signs_nobody_out_and_loses_nothing(
    rolling: tuple[Served, Served], requests: int
) -> None:
    browser = Browser()
    browser.get(rolling[0], "/login", user="ada")
    for number in range(requests):
        here, there = rolling[number % 2], rolling[1 - number % 2]
        if number % 20 == 10:
            browser.get(here, "/rotate")
        browser.get(here, "/append", key="list", item=number)
        browser.get(here, "/incr", key="clicks")

        assert browser.user(there) == "ada"
    assert browser.json(rolling[0], "/all") == {
        "list": [f"{number}" for number in range(requests)],
        "clicks": requests,
    }


def test_a_value_of_a_newer_version_is_kept_as_it_is(
    browser: Visitor, store: SessionStore, redis: Redis
) -> None:
    """msgpack's extension 42, which this version does not know."""
    browser.get("/login?user=ada")
    theirs = b"\xc7\x03\x2aabc"
    nested = b"\x81\xa1x" + theirs
    redis.hset(store.layout.session(browser.name), mapping={"theirs": theirs, "nested": nested})
    for path in ("/write?key=note&value=x&look=1", "/append?key=list&item=x", "/incr?key=n"):
        assert browser.get(path).status_code == 200
    browser.get("/rotate")
    fields = redis.hgetall(store.layout.session(browser.name))

    assert (fields[b"theirs"], fields[b"nested"]) == (theirs, nested)
    assert browser.user == "ada"
