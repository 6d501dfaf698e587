"""Signing out everywhere ends all of a user's sessions, whatever comes back later."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from redis import Redis

from app.sessions import SessionStore
from tests.sessions.served import Browser, Served
from tests.sessions.visitor import Visitor
from tests.sessions.watching import live


def sign_in(app: Flask, user: str) -> Visitor:
    browser = Visitor(app)
    browser.get(f"/login?user={user}")
    return browser


def users(*browsers: Visitor) -> list[str | None]:
    return [browser.user for browser in browsers]


def test_everywhere_means_all_of_this_users_and_none_of_others(
    app: Flask, store: SessionStore
) -> None:
    here, there, elsewhere = (sign_in(app, "ada") for _ in range(3))
    bob = sign_in(app, "bob")
    before = users(here, there, elsewhere, bob)
    confirmed = store.end_all("ada")

    assert before == ["ada", "ada", "ada", "bob"]
    assert confirmed
    assert users(here, there, elsewhere, bob) == [None, None, None, "bob"]
    assert store.of("ada") == []


def test_a_new_login_works_afterwards(app: Flask, store: SessionStore) -> None:
    old = sign_in(app, "ada")
    store.end_all("ada")
    new = sign_in(app, "ada")

    assert users(old, new) == [None, "ada"]
    assert [view.name for view in store.of("ada")] == [new.name]


def test_one_session_may_be_kept(app: Flask, store: SessionStore) -> None:
    here, there = sign_in(app, "ada"), sign_in(app, "ada")
    here.get("/write?key=note&value=mine")
    store.end_all("ada", keep=here.name)

    assert users(here, there) == ["ada", None]
    assert here.content == {"note": "mine"}
    here.get("/write?key=note&value=still")
    assert here.content == {"note": "still"}
    assert [view.name for view in store.of("ada")] == [here.name]


def test_a_name_to_keep_that_is_anothers_keeps_nothing(app: Flask, store: SessionStore) -> None:
    ada, bob = sign_in(app, "ada"), sign_in(app, "bob")
    store.end_all("ada", keep=bob.name)

    assert users(ada, bob) == [None, "bob"]


def test_single_sessions_are_listed_and_ended_by_name(app: Flask, store: SessionStore) -> None:
    browsers = [sign_in(app, "ada") for _ in range(3)]
    names = [browser.name for browser in browsers]
    listed = store.of("ada")
    store.end([names[1]])

    began = [view.began_at for view in listed]
    assert began == sorted(began, reverse=True)
    # On a quick machine two may have begun in the same millisecond.
    assert {view.name for view in listed} == set(names)
    assert all(view.began_at < view.until for view in listed)
    assert all(0 <= view.idle_for.total_seconds() < 10 for view in listed)
    assert users(*browsers) == ["ada", None, "ada"]
    assert {view.name for view in store.of("ada")} == {names[2], names[0]}


def test_copies_of_ended_sessions_that_return_are_refused(
    app: Flask, store: SessionStore, redis: Redis
) -> None:
    """As after a failover to a replica that never heard of the deletions, but of the epoch."""
    browser = sign_in(app, "ada")
    kept = {key: redis.dump(key) or b"" for key in live(redis)}
    store.end_all("ada")
    for key, copy in kept.items():
        redis.restore(key, 60_000, copy, replace=True)

    (key,) = live(redis)
    before = redis.hgetall(key.decode())
    assert users(browser) == [None]
    for path in ("/write?key=note&value=x", "/incr?key=clicks", "/append?key=list&item=x"):
        assert browser.get(path).status_code == 200
    assert browser.content == {}
    assert store.of("ada") == []
    assert redis.hgetall(key.decode()) == before


def test_copies_of_live_sessions_that_return_are_live(app: Flask, redis: Redis) -> None:
    """The control."""
    browser = sign_in(app, "ada")
    kept = {key: redis.dump(key) or b"" for key in redis.scan_iter()}
    redis.flushall()
    lost = users(browser)
    for key, copy in kept.items():
        redis.restore(key, 60_000, copy)

    assert lost == [None]
    assert users(browser) == ["ada"]


def test_a_session_that_nobody_listed_ends_with_the_others(
    app: Flask, store: SessionStore, redis: Redis
) -> None:
    browser = sign_in(app, "ada")
    redis.delete(store.layout.index(browser.name.partition(":")[0]))
    before = users(browser)
    store.end_all("ada")

    assert before == ["ada"]
    assert users(browser) == [None]


def test_a_login_in_flight_is_listed_or_dead(
    two: tuple[Served, Served], app: Flask, store: SessionStore
) -> None:
    """Everybody signs in while everything is ended; a last word ends all that there is."""
    browsers = [Browser() for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        logins = [
            pool.submit(browser.get, two[number % 2], "/login", user="ada")
            for number, browser in enumerate(browsers)
        ]
        for _ in range(10):
            store.end_all("ada")
        for login in logins:
            assert login.result().status == 200
    alive = [browser for browser in browsers if browser.user(two[0]) == "ada"]
    names = {browser.json(two[0], "/who")["name"] for browser in alive}
    listed = {view.name for view in store.of("ada")}
    store.end_all("ada")

    assert names == listed
    assert [browser.user(two[1]) for browser in browsers] == [None] * 40


@pytest.mark.parametrize(
    "slow", ["/write?key=note&value=late&look=1", "/write?key=note&value=late", "/rotate?", "/who?"]
)
def test_what_is_in_flight_writes_to_no_ended_session(
    two: tuple[Served, Served], store: SessionStore, redis: Redis, slow: str
) -> None:
    browser = Browser()
    browser.get(two[0], "/login", user="ada")
    path, _, query = slow.partition("?")
    with browser.meanwhile(two[0], path, **dict(parse_qsl(query))):
        store.end_all("ada")

    assert browser.user(two[1]) is None
    assert live(redis) == []
