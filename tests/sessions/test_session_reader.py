"""The asyncio reader sees what Flask sees."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis import asyncio as aio

from app.sessions import SessionsAway, SessionStore
from app.sessions.reader import AT_ONCE, Seen, SessionReader
from app.sessions.store import Rules
from app.streams.client import as_redis_url
from lab.engines import Valkey
from lab.shards import Cluster
from tests.sessions.conftest import MakeApp
from tests.sessions.visitor import Visitor

IDLE, TOUCH = timedelta(seconds=0.6), timedelta(seconds=0.05)
SHORT = {"SESSION_IDLE": IDLE, "SESSION_TOUCH_EVERY": TOUCH}


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(**SHORT, SESSION_ABSOLUTE=timedelta(seconds=30))


Read = Callable[[str | None], Seen | None]


@pytest.fixture
def read(app: Flask, server: Valkey) -> Read:
    """What the reader sees by a cookie."""
    return reading(app, server.url)


def reading(app: Flask, url: str) -> Read:
    store: SessionStore = app.extensions["sessions"]

    async def read(cookie: str | None) -> Seen | None:
        address, _, query = url.replace("valkey://", "redis://").partition("?")
        kind: Any = aio.RedisCluster if query else aio.Redis
        async with kind.from_url(address, socket_timeout=1) as client:
            rules = Rules(idle=IDLE, touch_every=TOUCH)
            return await SessionReader(client, store.keys, rules=rules).read(cookie)

    return lambda cookie: asyncio.run(read(cookie))


def lost(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    redis.delete(store.layout.session(browser.name))


def ended(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    store.end([browser.name])


def logged_out(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    token = browser.token
    browser.get("/logout")
    browser.carry(token)


def ended_everywhere(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    store.end_all("ada")


def restored(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    """A failover brings it back; the epoch does not."""
    key = store.layout.session(browser.name)
    copy = redis.dump(key) or b""
    store.end_all("ada")
    redis.restore(key, 60_000, copy, replace=True)


def idle(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    time.sleep(IDLE.total_seconds() + 0.1)


def past_its_end(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    redis.hset(store.layout.session(browser.name), "!a", str(round(time.time() * 1000) - 1))


def corrupt(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    redis.hset(store.layout.session(browser.name), "!u", b"\xc1")


def of_another_kind(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    key = store.layout.session(browser.name)
    redis.delete(key)
    redis.set(key, b"pickle")


def partial(browser: Visitor, redis: Redis, store: SessionStore) -> None:
    redis.hdel(store.layout.session(browser.name), "!a")


How = Callable[[Visitor, Redis, SessionStore], None]

OVER: dict[How, str] = {
    lost: "missing",
    ended: "ended",
    logged_out: "ended",
    ended_everywhere: "ended",
    restored: "ended",
    idle: "expired",
    past_its_end: "expired",
    corrupt: "missing",
    of_another_kind: "missing",
    partial: "missing",
}


def test_a_live_session_is_seen_with_all_that_is_in_it(browser: Visitor, read: Read) -> None:
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    browser.get("/append?key=list&item=x")
    seen = read(browser.token)

    assert seen is not None
    assert (seen.state, seen.name, seen.user) == ("live", browser.name, "ada")
    assert dict(seen.fields) == browser.content == {"note": "mine", "list": ["x"]}


def test_an_anonymous_session_is_seen_as_such(browser: Visitor, read: Read) -> None:
    browser.get("/write?key=note&value=mine")
    seen = read(browser.token)

    assert seen is not None
    assert (seen.state, seen.user, dict(seen.fields)) == ("live", None, {"note": "mine"})


@pytest.mark.parametrize("how", OVER, ids=lambda how: how.__name__)
def test_a_session_that_is_over_is_over_for_both(
    browser: Visitor,
    redis: Redis,
    store: SessionStore,
    read: Read,
    how: How,
) -> None:
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    name, before = browser.name, read(browser.token)
    how(browser, redis, store)
    seen = read(browser.token)

    assert before is not None
    assert before.state == "live"
    assert seen is not None
    assert (seen.state, seen.name, seen.user, dict(seen.fields)) == (OVER[how], name, None, {})
    assert (browser.user, browser.content) == (None, {})


def test_a_cookie_that_is_none_of_ours_is_none(
    browser: Visitor, read: Read, make_app: MakeApp
) -> None:
    browser.get("/login?user=ada")
    theirs = make_app(SECRET_KEY="another secret").extensions["sessions"].keys.mint("ada").text
    for cookie in (None, "", "x", browser.token[:-1], browser.token + "\n", "é" * 99, theirs):
        assert read(cookie) is None
    assert read(browser.token) is not None


def test_that_the_reader_looked_counts_as_use(browser: Visitor, read: Read) -> None:
    """A board that is watched all day keeps its viewer signed in."""
    browser.get("/login?user=ada")
    over = time.monotonic() + 3 * IDLE.total_seconds()
    while time.monotonic() < over:
        seen = read(browser.token)

        assert seen is not None
        assert seen.state == "live"
        time.sleep(0.1)
    assert browser.user == "ada"


def test_a_frozen_store_is_told_and_no_verdict(valkey: Valkey, make_app: MakeApp) -> None:
    app = make_app(valkey.url, **SHORT)
    browser = Visitor(app)
    browser.get("/login?user=ada")
    read = reading(app, valkey.url)
    valkey.stop()

    with pytest.raises(SessionsAway):
        read(browser.token)


def test_a_hundred_who_come_at_once_share_a_few_connections(
    browser: Visitor, server: Valkey, redis: Redis, store: SessionStore
) -> None:
    browser.get("/login?user=ada")
    before = dials(redis)

    async def all_at_once() -> list[Seen | None]:
        async with aio.Redis.from_url(as_redis_url(server.url), socket_timeout=1) as client:
            reader = SessionReader(client, store.keys)
            return await asyncio.gather(*(reader.read(browser.token) for _ in range(100)))

    seen = asyncio.run(all_at_once())

    assert [each.state for each in seen if each] == ["live"] * 100
    assert dials(redis) - before <= AT_ONCE


def dials(redis: Redis) -> int:
    """How many connections the server was ever asked for."""
    return int(redis.info("stats")["total_connections_received"])


def test_who_would_wait_too_long_for_a_store_that_hangs_is_told(
    valkey: Valkey, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sessions.reader.AT_ONCE", 1)
    monkeypatch.setattr("app.sessions.reader.PATIENCE_SECONDS", 0.1)
    store: SessionStore = make_app(valkey.url).extensions["sessions"]
    cookie = store.keys.mint("ada").text

    async def two_at_once() -> list[Seen | BaseException | None]:
        async with aio.Redis.from_url(as_redis_url(valkey.url), socket_timeout=1) as client:
            reader = SessionReader(client, store.keys)
            await reader.read(cookie)
            valkey.signal(signal.SIGSTOP)
            both = (reader.read(cookie) for _ in range(2))
            return await asyncio.gather(*both, return_exceptions=True)

    told = asyncio.run(two_at_once())
    valkey.signal(signal.SIGCONT)

    assert [type(each) for each in told] == [SessionsAway] * 2
    assert [str(each) for each in told][1] == "too many wait for the store to answer"


def test_it_reads_from_a_cluster(cluster: Cluster, make_app: MakeApp) -> None:
    app = make_app(cluster.url, **SHORT)
    read = reading(app, cluster.url)
    for number in range(6):
        browser = Visitor(app)
        browser.get(f"/login?user=user-{number}")
        seen = read(browser.token)

        assert seen is not None
        assert (seen.state, seen.user) == ("live", f"user-{number}")


def test_it_never_loads_flask() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import app.sessions.reader, sys; print('flask' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "False\n"
