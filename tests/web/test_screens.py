"""Screens on walls: links that are made, open one board, and are ended."""

import re

import pytest
from flask.testing import FlaskClient

from app import models
from app.config import Config
from app.domain.accounts import ScreenKeys
from app.parts import Parts
from tests.builders import PASSWORD, Plant, post
from tests.web.administering import said
from tests.web.browsers import Browser


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    """Ada, who gave her password again."""
    client = browser("ada")
    assert post(client, "/account/confirmation", password=PASSWORD).status_code == 303
    return client


@pytest.fixture
def link(ada: FlaskClient) -> str:
    """The link of a new screen of the plant north."""
    made = post(ada, "/screens", on="/screens", name="Hall 2", plant="north")
    assert made.status_code == 303
    found = re.search(r'href="http://localhost(/tv/north\?key=[^"]+)"', ada.get("/screens").text)
    assert found
    return found[1]


def test_a_link_shows_the_board_and_nothing_else(browser: Browser, link: str) -> None:
    wall = browser(None)
    first = wall.get(link)
    page = wall.get("/tv/north")

    assert (first.status_code, first.headers["Location"]) == (303, "/tv/north")
    assert page.status_code == 200
    assert "Press" in page.text
    assert "<nav" not in page.text
    assert "<form" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert wall.get("/").status_code == 302
    assert wall.get("/lines/press").status_code == 302


def test_the_key_is_kept_where_no_log_finds_it(browser: Browser, link: str) -> None:
    wall = browser(None)
    cookie = wall.get(link).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "key=" not in wall.get("/tv/north").text


def test_the_board_as_json_says_what_pages_are_made_of(browser: Browser, link: str) -> None:
    wall = browser(None)
    wall.get(link)
    body = wall.get("/tv/north/board.json").get_json()

    assert [tile["line"] for tile in body["tiles"]] == ["press", "weld"]
    assert f'data-version="{body["version"]}"' in wall.get("/tv/north").text


def test_an_ended_link_opens_nothing(
    browser: Browser, ada: FlaskClient, link: str, parts: Parts
) -> None:
    wall = browser(None)
    wall.get(link)
    ended = post(ada, "/screens/1/ending", on="/screens")
    again = post(ada, "/screens/1/ending", on="/screens")

    assert (ended.status_code, again.status_code) == (303, 404)
    assert [action for action, _, _ in said(parts, "screen")] == ["screen.made", "screen.ended"]
    assert [wall.get(path).status_code for path in ("/tv/north", link)] == [403, 403]
    assert "administrator makes a new one" in wall.get("/tv/north").text
    refused = wall.get("/tv/north/board.json")
    assert refused.get_json()["type"] == "urn:andon:problem:screen-ended"


def test_a_link_is_for_its_own_plant(browser: Browser, parts: Parts, link: str) -> None:
    with parts.database.transaction() as session:
        session.add(models.Plant(slug="south", name="South", time_zone="Europe/Berlin"))
    wall = browser(None)
    wall.get(link)

    assert wall.get("/tv/south").status_code == 403


@pytest.mark.parametrize(
    "key", ["1", "MQ.x", "MQ.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\0"]
)
def test_a_key_of_somebody_elses_making_opens_nothing(
    client: FlaskClient, plant: Plant, key: str
) -> None:
    assert client.get("/tv/north", query_string={"key": key}).status_code in (400, 403)


def test_a_key_outlives_a_rotation_of_the_secret(config: Config) -> None:
    old = ScreenKeys(config.secret_key)
    new = ScreenKeys("another secret, of thirty-two letters", [config.secret_key])
    stranger = ScreenKeys("another secret, of thirty-two letters")

    assert new.read(old.key(7)) == 7
    assert stranger.read(old.key(7)) is None
    assert stranger.read(new.key(7)) == 7


def test_nobody_without_a_link_or_a_sign_in_sees_a_wall(client: FlaskClient, plant: Plant) -> None:
    assert client.get("/tv/north").status_code == 302
    assert client.get("/tv/north/board.json").status_code == 401


def test_who_is_signed_in_may_look(browser: Browser) -> None:
    assert browser("vera").get("/tv/north").status_code == 200
    assert browser("vera").get("/tv/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("name", "where", "status"),
    [("", "north", 422), (" ", "north", 422), ("x" * 81, "north", 422), ("Hall", "mars", 404)],
)
def test_a_screen_that_cannot_be_is_refused(
    ada: FlaskClient, name: str, where: str, status: int
) -> None:
    assert post(ada, "/screens", on="/screens", name=name, plant=where).status_code == status


@pytest.mark.parametrize("who", ["vera", "otto"])
def test_only_administrators_make_links(browser: Browser, ada: FlaskClient, who: str) -> None:
    someone = browser(who)

    assert someone.get("/screens").status_code == 403
    assert post(someone, "/screens", name="Hall", plant="north").status_code == 403


def test_an_administrator_sees_which_screens_show_something(
    ada: FlaskClient, browser: Browser, link: str, parts: Parts
) -> None:
    before = ada.get("/screens").text
    browser(None).get(link)
    showing = ada.get("/screens").text
    with parts.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE screen SET seen_at = now() - interval '2 hours'")

    assert "Not yet shown" in before
    assert "Showing" in showing
    assert "Dark" in ada.get("/screens").text
