"""An instance dies half-way, or an answer of the store is lost: nothing is half done, or twice."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.conftest import MakeApp
from tests.sessions.endpoints import Losing
from tests.sessions.served import Browser, Served, until
from tests.sessions.visitor import Visitor
from tests.sessions.watching import live


@pytest.fixture
def instance(server: Valkey, tmp_path: Path) -> Iterator[Served]:
    """An instance of the application that is to die."""
    served = Served(tmp_path, server.url).start()
    yield served.ready()
    served.kill()


def killed_while(instance: Served, browser: Browser, path: str, **query: str) -> None:
    """The instance dies where this request waits; its browser gets no answer."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(browser.get, instance, path, **query)
        (name,) = (query[step] for step in ("hold", "after") if step in query)
        until((instance.gates / f"{name}.inside").exists)
        instance.kill()
        assert isinstance(answer.exception(), urllib3.exceptions.HTTPError)


def names(redis: Redis) -> set[str]:
    """The names of all sessions that the store has."""
    tags_and_digests = (key.decode().removeprefix("session:{").split("}:") for key in live(redis))
    return {f"{tag}:{digest}" for tag, digest in tags_and_digests}


def test_a_login_whose_instance_dies_before_it_is_written_is_none(
    instance: Served, redis: Redis, store: SessionStore
) -> None:
    browser = Browser()
    killed_while(instance, browser, "/login", user="ada", hold="here")

    assert redis.dbsize() == 0
    assert store.of("ada") == []
    assert browser.cookies == {}


def test_a_login_whose_instance_dies_before_it_is_answered_is_listed(
    instance: Served, redis: Redis, store: SessionStore
) -> None:
    browser = Browser()
    killed_while(instance, browser, "/login", user="ada", after="here")
    listed = {view.name for view in store.of("ada")}
    store.end_all("ada")

    assert browser.cookies == {}
    assert len(listed) == 1
    assert names(redis) == set()


def test_a_write_whose_instance_dies_before_it_is_answered_is_whole(
    instance: Served, store: SessionStore, make_app: MakeApp
) -> None:
    browser = Browser()
    browser.get(instance, "/login", user="ada")
    killed_while(instance, browser, "/append", key="list", item="x", after="here")
    other = Visitor(make_app())
    other.carry(browser.cookies["session"])

    assert (other.user, other.content) == ("ada", {"list": ["x"]})


@pytest.mark.parametrize(
    "trials", [2, pytest.param(40, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
def test_whenever_it_dies_every_live_session_is_listed(
    server: Valkey, tmp_path: Path, redis: Redis, store: SessionStore, trials: int
) -> None:
    seen = 0
    for trial in range(trials):
        folder = tmp_path / f"{trial}"
        folder.mkdir()
        instance = Served(folder, server.url, SESSION_PER_USER=None).start().ready()
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(sign_in_and_out, instance)
            time.sleep(0.2 + trial % 10 / 50)  # each at another moment
            instance.kill()
        listed = {view.name for view in store.of("ada")}
        seen += len(listed)

        assert names(redis) == listed
    assert seen > 0


def sign_in_and_out(instance: Served) -> None:
    browser = Browser()
    while True:  # until there is nobody to ask
        browser.get(instance, "/login", user="ada")
        browser.get(instance, "/rotate")
        browser.get(instance, "/login", user="ada")
        Browser().get(instance, "/login", user="ada")
        browser.get(instance, "/logout")


@pytest.fixture
def losing(server: Valkey) -> Iterator[Losing]:
    with Losing(server.port) as endpoint:
        yield endpoint


@pytest.fixture
def ada(server: Valkey, make_app: MakeApp, losing: Losing) -> Visitor:
    """Signed in, on a connection that will lose a reply."""
    browser = Visitor(make_app(server.url.replace(f":{server.port}/", f":{losing.port}/")))
    browser.get("/login?user=ada")
    for path in ("/append?key=list&item=first", "/write?key=note&value=mine", "/incr?key=clicks"):
        browser.get(path)
    return browser


def test_a_save_whose_answer_was_lost_is_sent_again_and_applied_once(
    ada: Visitor, losing: Losing
) -> None:
    losing.lose(1)  # that of the save; the load's gets through
    answer = ada.get("/append?key=list&item=second")

    assert losing.lost == 1
    assert answer.status_code == 200
    assert ada.content == {"list": ["first", "second"], "note": "mine", "clicks": 1}


def test_a_login_whose_answer_was_lost_is_one(
    ada: Visitor, losing: Losing, store: SessionStore, redis: Redis
) -> None:
    for number in (0, 1):
        losing.lose(number)
        answer = ada.get("/login?user=ada")

        assert losing.lost == number + 1
        assert answer.status_code == 200
        assert ada.user == "ada"
        assert len(store.of("ada")) == 1
        assert names(redis) == {ada.name}


def test_a_rotation_whose_answer_was_lost_is_one(
    ada: Visitor, losing: Losing, store: SessionStore
) -> None:
    losing.lose(1)
    answer = ada.get("/rotate")

    assert (losing.lost, answer.status_code) == (1, 200)
    assert (ada.user, ada.json("/read?key=note")) == ("ada", "mine")
    assert len(store.of("ada")) == 1


def test_a_logout_whose_answer_was_lost_is_one(ada: Visitor, losing: Losing) -> None:
    token = ada.token
    losing.lose(0)
    answer = ada.get("/logout")
    ada.carry(token)

    assert (losing.lost, answer.status_code) == (1, 200)
    assert ada.user is None


def test_a_count_whose_answer_was_lost_counts_once(ada: Visitor, losing: Losing) -> None:
    losing.lose(0)
    answer = ada.get("/incr?key=clicks")

    assert losing.lost == 1
    assert answer.json == ada.json("/read?key=clicks") == 2
