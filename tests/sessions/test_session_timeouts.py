"""Sessions end by the store's clock: unused for a while, or old, however busy they are."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.conftest import MakeApp
from tests.sessions.served import Browser, Served, until
from tests.sessions.visitor import Visitor
from tests.sessions.watching import everything, live

SHORT = {
    "SESSION_IDLE": timedelta(seconds=0.5),
    "SESSION_ABSOLUTE": timedelta(minutes=1),
    "SESSION_TOUCH_EVERY": timedelta(seconds=0.05),
}


def for_a_while(browser: Visitor, path: str, *, seconds: float) -> list[object]:
    """Use a session all the time; what was answered."""
    over = time.monotonic() + seconds
    answers = []
    while time.monotonic() < over:
        answers.append(browser.get(path).json)
        time.sleep(0.05)
    return answers


def test_a_session_in_use_goes_on_and_one_that_is_not_ends(make_app: MakeApp) -> None:
    app = make_app(**SHORT)
    busy, idle = Visitor(app), Visitor(app)
    busy.get("/login?user=ada")
    idle.get("/login?user=ada")
    seen = for_a_while(busy, "/who", seconds=0.8)

    assert {answer["user"] for answer in seen} == {"ada"}  # type: ignore[index]
    assert idle.user is None
    assert busy.user == "ada"
    time.sleep(0.6)
    assert busy.user is None


def test_anonymous_sessions_end_when_idle_and_leave_nothing(
    make_app: MakeApp, redis: Redis
) -> None:
    browser = Visitor(make_app(**SHORT))
    browser.get("/write?key=note&value=mine")
    seen = for_a_while(browser, "/read?key=note", seconds=0.8)

    assert set(seen) == {"mine"}
    until(lambda: redis.dbsize() == 0, seconds=3)
    assert browser.json("/read?key=note") is None


def test_a_blind_write_is_a_use_and_wakes_no_dead(make_app: MakeApp) -> None:
    browser = Visitor(make_app(**SHORT))
    browser.get("/login?user=ada")
    for_a_while(browser, "/write?key=note&value=x", seconds=0.8)
    during = browser.user
    time.sleep(0.6)
    browser.get("/write?key=note&value=late")

    assert during == "ada"
    assert browser.user is None


def test_a_busy_session_ends_all_the_same(make_app: MakeApp, redis: Redis) -> None:
    lasting = {**SHORT, "SESSION_ABSOLUTE": timedelta(seconds=1)}
    browser = Visitor(make_app(**lasting))
    began = time.monotonic()
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    while browser.user == "ada" and time.monotonic() < began + 5:
        browser.get("/write?key=other&value=x")
    lasted = time.monotonic() - began

    assert 0.9 < lasted < 5
    assert "note" not in browser.content  # the last write may have begun an anonymous session
    until(lambda: live(redis) == [], seconds=3)


def test_rotation_puts_no_end_off(make_app: MakeApp) -> None:
    lasting = {**SHORT, "SESSION_ABSOLUTE": timedelta(seconds=1)}
    browser = Visitor(make_app(**lasting))
    began = time.monotonic()
    browser.get("/login?user=ada")
    while browser.user == "ada" and time.monotonic() < began + 5:
        browser.get("/rotate")

    assert browser.user is None


def test_an_application_whose_clock_is_wrong_changes_nothing(
    server: Valkey, tmp_path: Path, app: Flask
) -> None:
    """One instance an hour early, one an hour late; the session lives half an hour."""
    early, late = (Served(tmp_path, server.url, clock=by).start() for by in (-3600, 3600))
    try:
        for login, other in ((early.ready(), late.ready()), (late, early)):
            browser = Browser()
            browser.get(login, "/login", user="ada")
            browser.get(other, "/write", key="note", value="mine")

            for server_ in (other, login):
                assert browser.user(server_) == "ada"
                assert browser.json(server_, "/all") == {"note": "mine"}
        right = Visitor(app)
        right.carry(browser.cookies["session"])
        assert right.user == "ada"
        (first, second) = app.extensions["sessions"].of("ada")
        assert timedelta(0) <= first.began_at - second.began_at < timedelta(minutes=1)
    finally:
        early.kill()
        late.kill()


def test_the_clock_of_that_test_is_wrong(server: Valkey, tmp_path: Path) -> None:
    """The control: what the other instance would have told by its own clock."""
    late = Served(tmp_path, server.url, clock=3600).start().ready()
    told = Browser().json(late, "/time")
    late.kill()

    assert [abs(seconds - time.time() - 3600) < 60 for seconds in told] == [True, True]


def test_twenty_reads_within_a_minute_write_nothing(
    browser: Visitor, redis: Redis, server: Valkey
) -> None:
    browser.get("/login?user=ada")
    browser.get("/who")
    before, counted = everything(redis), writes(redis)
    answers = {browser.user for _ in range(20)}

    assert answers == {"ada"}
    assert everything(redis) == before
    assert writes(redis) == counted


def test_a_read_after_that_minute_writes_once(make_app: MakeApp, redis: Redis) -> None:
    """The control: what the test above would count."""
    browser = Visitor(make_app(**{**SHORT, "SESSION_TOUCH_EVERY": timedelta(seconds=0.2)}))
    browser.get("/login?user=ada")
    time.sleep(0.25)
    counted = writes(redis)
    seen = [browser.user for _ in range(3)]

    assert seen == ["ada"] * 3
    assert 1 <= writes(redis) - counted <= 2


def writes(redis: Redis) -> int:
    """How many changes the server has made: what replicas and the durable log have to take."""
    return int(redis.info("persistence")["rdb_changes_since_last_save"])


@pytest.mark.parametrize("path", ["/who", "/write?key=note&value=late"])
def test_what_is_kept_beside_sessions_ends_with_them(
    make_app: MakeApp, redis: Redis, path: str
) -> None:
    lasting = {**SHORT, "SESSION_ABSOLUTE": timedelta(seconds=0.6)}
    app = make_app(**lasting)
    store: SessionStore = app.extensions["sessions"]
    browser = Visitor(app)
    browser.get("/login?user=ada")
    listed = len(store.of("ada"))
    time.sleep(0.7)
    browser.get(path)

    assert listed == 1
    assert store.of("ada") == []
    assert all(redis.pttl(key) < 61_000 or redis.type(key) == b"hash" for key in redis.scan_iter())
