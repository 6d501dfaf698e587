"""What a session may hold, and how many a user may have."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from app.sessions import Recovered, SessionStore
from lab.engines import Valkey
from tests.sessions.conftest import MakeApp
from tests.sessions.served import Browser, Served
from tests.sessions.visitor import Visitor
from tests.sessions.watching import live

TOO_LARGE = {
    "a field of 66 kB": "/big?bytes=66000",
    "101 fields": "/big?bytes=1&fields=101",
    "300 kB": "/big?bytes=60000&fields=5",
}


@pytest.fixture
def limited(server: Valkey, tmp_path: Path) -> Iterator[Served]:
    """An instance that allows three sessions a user."""
    served = Served(tmp_path, server.url, SESSION_PER_USER=3).start()
    yield served.ready()
    served.kill()


@pytest.mark.parametrize("rounds", [1, pytest.param(30, marks=pytest.mark.soak)])
def test_ten_logins_at_once_leave_three(limited: Served, store: SessionStore, rounds: int) -> None:
    for _ in range(rounds):
        browsers = [Browser() for _ in range(10)]
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda one: one.get(limited, "/login", user="ada"), browsers))
        alive = [browser for browser in browsers if browser.user(limited) == "ada"]

        assert len(alive) == 3
        assert len(store.of("ada")) == 3


def test_the_oldest_goes_first_and_others_users_stay(make_app: MakeApp) -> None:
    app = make_app(SESSION_PER_USER=2)
    browsers = [Visitor(app) for _ in range(4)]
    bob = Visitor(app)
    bob.get("/login?user=bob")
    for browser in browsers:
        time.sleep(0.002)  # of two in one millisecond neither is the older
        browser.get("/login?user=ada")
    seen = [browser.user for browser in (*browsers, bob)]

    assert seen == [None, None, "ada", "ada", "bob"]


def test_a_second_login_of_one_browser_takes_no_second_place(make_app: MakeApp) -> None:
    app = make_app(SESSION_PER_USER=2)
    other, browser = Visitor(app), Visitor(app)
    other.get("/login?user=ada")
    for _ in range(3):
        browser.get("/login?user=ada")
        browser.get("/rotate")

    assert other.user == "ada"
    assert browser.user == "ada"


def test_a_recovered_sign_in_beyond_the_limit_is_none(make_app: MakeApp, redis: Redis) -> None:
    """It ends before all others, and so is the one to go: nothing is left of it."""
    rows: dict[str, Recovered] = {}
    app = make_app(SESSION_PER_USER=1, recover=rows.get)
    other, browser = Visitor(app), Visitor(app)
    store: SessionStore = app.extensions["sessions"]
    token = store.keys.mint("ada")
    rows[token.name] = Recovered("ada", datetime.now(UTC) + timedelta(minutes=5))
    browser.carry(token.text)
    alone = browser.user
    other.get("/login?user=ada")
    redis.delete(store.layout.session(token.name))

    assert alone == "ada"
    assert (browser.user, other.user) == (None, "ada")
    assert [view.name for view in store.of("ada")] == [other.name]
    assert len(live(redis)) == 1


def test_there_may_be_no_limit(make_app: MakeApp) -> None:
    app = make_app(SESSION_PER_USER=None)
    browsers = [Visitor(app) for _ in range(15)]
    for browser in browsers:
        browser.get("/login?user=ada")

    assert {browser.user for browser in browsers} == {"ada"}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_what_is_too_large_is_refused_and_the_old_data_are_intact(
    browser: Visitor, redis: Redis, what: str
) -> None:
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    browser.get("/big?bytes=60000")
    before = browser.content
    answer = browser.get(TOO_LARGE[what])

    assert answer.status_code == 413
    assert "Traceback" not in answer.text
    assert "session" in answer.text
    assert browser.content == before
    assert browser.user == "ada"


def test_what_is_too_large_begins_no_session(browser: Visitor, redis: Redis) -> None:
    answer = browser.get("/big?bytes=60000&fields=5")

    assert answer.status_code == 413
    assert browser.token == ""
    assert live(redis) == []


def test_a_session_may_be_filled_to_its_limits(browser: Visitor) -> None:
    """The control: just below each of them."""
    browser.get("/login?user=ada")

    assert browser.get("/big?bytes=65000").status_code == 200
    assert browser.get("/big?bytes=65000&fields=4").status_code == 200
    assert browser.get("/big?bytes=2000&fields=100").status_code == 200
    assert len(browser.content) == 100


def test_a_list_that_grows_too_large_is_refused_too(browser: Visitor) -> None:
    """It was within its limits when it was assigned."""
    browser.get("/login?user=ada")
    item = "x" * 40_000
    browser.get("/append", query_string={"key": "list", "item": item})
    answer = browser.get("/append", query_string={"key": "list", "item": item})

    assert answer.status_code == 413
    assert browser.json("/read?key=list") == [item]
