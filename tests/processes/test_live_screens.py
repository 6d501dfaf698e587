"""Screens listen by their links: to one board, until they are ended."""

from datetime import UTC, datetime

import pytest

from app.domain.accounts import ScreenKeys, end_screen, make_screen
from app.parts import screen_cookie
from tests.processes.conftest import Instance
from tests.processes.streams import HTTP, Stream, hung_up  # noqa: F401 (a fixture)


@pytest.fixture
def number(shared: Instance) -> int:
    with shared.parts.database.transaction() as session:
        by = shared.plant.people["ada"]
        return make_screen(session, name="Hall", plant="north", by=by, now=datetime.now(UTC)).id


def cookie_of(instance: Instance, number: int) -> str:
    key = ScreenKeys(instance.config.secret_key).key(number)
    return f"{screen_cookie(instance.config)}={key}"


def status(instance: Instance, path: str, cookie: str) -> int:
    answer = HTTP.request(
        "GET", instance.url("live", path), headers={"Cookie": cookie}, preload_content=False
    )
    answer.close()
    answer.release_conn()
    return int(answer.status)


def test_a_screen_hears_its_board(shared: Instance, number: int) -> None:
    stream = Stream(shared, "/live/board?plant=north", cookie_of(shared, number))
    snapshot = stream.next()
    shared.parts.announcer.announce("board:north", "tile", "press", {"line": "press"})

    assert snapshot["event"] == "snapshot"
    assert stream.next("changes")["data"]["tiles"] == [{"line": "press"}]


def test_a_screen_hears_nothing_else(shared: Instance, number: int) -> None:
    cookie = cookie_of(shared, number)

    assert status(shared, "/live/board?plant=north", cookie) == 200
    assert status(shared, "/live/lines/press", cookie) == 401
    assert status(shared, "/live/board?plant=south", cookie) == 401
    assert status(shared, "/live/board?plant=north", cookie + "x") == 401


def test_an_ended_screen_is_told_within_a_heartbeat(shared: Instance, number: int) -> None:
    stream = Stream(shared, "/live/board?plant=north", cookie_of(shared, number))
    stream.next("snapshot")
    with shared.parts.database.transaction() as session:
        end_screen(session, number, datetime.now(UTC))

    assert stream.next("signed-out")
    assert status(shared, "/live/board?plant=north", cookie_of(shared, number)) == 401
