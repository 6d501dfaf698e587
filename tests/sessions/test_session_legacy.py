"""Sessions that flask-session 0.8.0 left are taken over once, and never executed."""

from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from tests.sessions.conftest import MakeApp
from tests.sessions.test_session_foreign import pickled
from tests.sessions.visitor import Visitor

OURS = {"SESSION_COOKIE_NAME": "ours", "SESSION_LEGACY_COOKIE": "session"}


@pytest.fixture(params=["msgpack", "json"])
def left(request: pytest.FixtureRequest, make_app: MakeApp) -> str:
    """The cookie of a session that flask-session keeps."""
    stock = make_app(stock=True, SESSION_SERIALIZATION_FORMAT=request.param)
    browser = Visitor(stock)
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    browser.get("/append?key=list&item=x")
    assert browser.content["user"] == "ada"
    return browser.token


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(**OURS)


def arrive(app: Flask, cookie: str) -> Visitor:
    """A browser that has only the cookie of before."""
    browser = Visitor(app, cookie="ours")
    browser.carry_other("session", cookie)
    return browser


def test_it_is_taken_over_under_a_new_id(app: Flask, left: str, redis: Redis) -> None:
    browser = arrive(app, left)
    content = browser.content

    assert {key: content[key] for key in ("note", "list")} == {"note": "mine", "list": ["x"]}
    assert browser.token not in ("", left)
    assert browser.content == content
    assert not redis.exists("session:" + left)
    assert browser.has_no_cookie("session")


def test_it_signs_nobody_in(app: Flask, left: str) -> None:
    """What a session of before calls its user is data: `login` alone makes somebody somebody."""
    browser = arrive(app, left)

    assert browser.user is None
    assert browser.content["user"] == "ada"


def test_it_is_taken_over_once(app: Flask, left: str) -> None:
    browser, thief = arrive(app, left), arrive(app, left)
    taken, again = browser.content, thief.content

    assert taken["note"] == "mine"
    assert again == {}
    assert thief.token == ""


def test_a_write_takes_it_over_too(app: Flask, left: str) -> None:
    browser = arrive(app, left)
    browser.get("/write?key=note&value=new")

    assert browser.content["note"] == "new"
    assert browser.content["list"] == ["x"]


def test_who_has_a_session_of_ours_needs_none_of_before(
    app: Flask, left: str, redis: Redis
) -> None:
    browser = arrive(app, left)
    browser.get("/login?user=bob")

    assert browser.user == "bob"
    assert "note" not in browser.content
    assert redis.type("session:" + left) in (b"string", b"none")


def test_it_is_left_alone_unless_it_is_asked_for(
    make_app: MakeApp, left: str, redis: Redis
) -> None:
    browser = arrive(make_app(SESSION_COOKIE_NAME="ours"), left)

    assert browser.content == {}
    assert redis.exists("session:" + left)


def test_a_page_that_needs_no_session_takes_nothing_over(
    app: Flask, left: str, redis: Redis
) -> None:
    browser = arrive(app, left)
    browser.get("/untouched")

    assert redis.exists("session:" + left)
    assert browser.content["note"] == "mine"


@pytest.mark.parametrize("kind", ["pickle", "nonsense", "a list", "a hash", "a number"])
def test_what_is_no_session_of_before_is_nothing(
    app: Flask, redis: Redis, tmp_path: Path, kind: str
) -> None:
    proof, key = tmp_path / "executed", "session:" + "A" * 43
    if kind == "a hash":
        redis.hset(key, "note", "x")
    else:
        values = {"pickle": pickled(proof), "nonsense": b"\xc1", "a list": b"[1]", "a number": b"1"}
        redis.set(key, values[kind])
    browser = arrive(app, "A" * 43)
    answers = [browser.get(path).status_code for path in ("/who", "/all", "/write?key=a&value=b")]

    assert answers == [200, 200, 200]
    assert browser.content == {"a": "b"}
    assert browser.user is None
    assert not proof.exists()


@pytest.mark.parametrize("cookie", ["{abcdefghijk}:all", "../" + "A" * 40, "A" * 42, "*", ""])
def test_what_is_no_cookie_of_before_reaches_no_key(app: Flask, redis: Redis, cookie: str) -> None:
    redis.set("session:" + cookie, b'{"note": "theirs"}')
    browser = arrive(app, cookie)

    assert browser.content == {}
    assert redis.exists("session:" + cookie)
