"""An administrator's page of everybody."""

import re

import pytest
from flask.testing import FlaskClient

from app.parts import Parts
from tests.builders import PASSWORD, csrf_token, sign_in
from tests.web.administering import said
from tests.web.browsers import Browser, is_in, post, rows

VERA, OTTO, ADA = 1, 2, 3
ACTS = [f"/people/{VERA}/{act}" for act in ("sessions/revocation", "closure", "opening", "role")]


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    """Ada, who gave her password again."""
    client = browser("ada")
    assert post(client, "/account/confirmation", password=PASSWORD) == 303
    return client


def shown(client: FlaskClient, number: int) -> str:
    """What the page says of somebody."""
    found = re.search(rf'id="person-{number}">(.*?)</li>', client.get("/people").text, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_everybody_is_shown(ada: FlaskClient, browser: Browser) -> None:
    browser("vera")
    browser("vera")

    assert "vera North" in shown(ada, VERA)
    assert "2 devices" in shown(ada, VERA)
    assert "Not signed in" in shown(ada, OTTO)
    assert "you" in shown(ada, ADA)


@pytest.mark.parametrize("who", ["vera", "otto", None])
def test_nobody_else_sees_it(browser: Browser, ada: FlaskClient, who: str | None) -> None:
    answer = browser(who).get("/people")

    assert answer.status_code == (302 if who is None else 403)
    assert ada.get("/people").status_code == 200
    assert ("/people" in browser(who).get("/", follow_redirects=True).text) is False


@pytest.mark.parametrize("path", ACTS)
@pytest.mark.parametrize("who", ["otto", None])
def test_nobody_else_changes_anybody(
    browser: Browser, ada: FlaskClient, who: str | None, path: str
) -> None:
    vera, client = browser("vera"), browser(who)
    token = csrf_token(client, "/account/password" if who else "/sign-in")
    refused = client.post(path, data={"csrf_token": token, "role": "admin"}).status_code
    without = ada.post(path, data={"role": "admin"}).status_code

    assert (refused, without) == (403 if who else 401, 400)
    assert is_in(vera)
    assert "Viewer" in shown(ada, VERA)
    assert post(ada, path, role="operator") == 303


@pytest.mark.parametrize("path", ACTS)
def test_an_administrator_gives_the_password_again_first(browser: Browser, path: str) -> None:
    vera, ada = browser("vera"), browser("ada")
    token = csrf_token(ada, "/people")
    sent_away = ada.post(path, data={"csrf_token": token, "role": "admin"})

    assert sent_away.location == "/account/confirmation?next=/people"
    assert is_in(vera)
    assert vera.get("/people").status_code == 403


def test_all_sessions_of_somebody_are_ended(
    parts: Parts, ada: FlaskClient, browser: Browser
) -> None:
    here, there, otto = browser("vera"), browser("vera"), browser("otto")
    ended = post(ada, f"/people/{VERA}/sessions/revocation")

    assert ended == 303
    assert [is_in(one) for one in (here, there, otto, ada)] == [False, False, True, True]
    assert rows(parts, "operator_id") == [ADA, OTTO]
    assert sign_in(here, "vera").status_code == 303


def test_a_closed_account_is_out_and_stays_out_until_it_is_opened(
    ada: FlaskClient, browser: Browser, parts: Parts
) -> None:
    vera = browser("vera")
    closed = post(ada, f"/people/{VERA}/closure")
    out = is_in(vera), sign_in(vera, "vera").status_code, shown(ada, VERA)
    opened = post(ada, f"/people/{VERA}/opening")
    acts = [action for action, _, _ in said(parts, "operator")]

    assert acts == ["operator.closed", "operator.opened"]
    assert (closed, opened) == (303, 303)
    assert out[:2] == (False, 422)
    assert "Closed" in out[2]
    assert sign_in(vera, "vera").status_code == 303


def test_a_role_is_felt_at_once(ada: FlaskClient, browser: Browser, parts: Parts) -> None:
    vera = browser("vera")
    before = vera.get("/people").status_code
    given = post(ada, f"/people/{VERA}/role", role="admin")
    after = vera.get("/people").status_code
    post(ada, f"/people/{VERA}/role", role="viewer")

    assert (before, given, after, vera.get("/people").status_code) == (403, 303, 200, 403)
    assert said(parts, "operator") == [
        ("operator.changed", "vera", {"role": {"from": "viewer", "to": "admin"}}),
        ("operator.changed", "vera", {"role": {"from": "admin", "to": "viewer"}}),
    ]


def test_nobody_closes_or_demotes_themselves(ada: FlaskClient) -> None:
    closed = post(ada, f"/people/{ADA}/closure")
    demoted = post(ada, f"/people/{ADA}/role", role="viewer")

    assert (closed, demoted) == (409, 409)
    assert ada.get("/people").status_code == 200


def test_there_are_roles_and_people_that_are_none(ada: FlaskClient) -> None:
    assert post(ada, f"/people/{VERA}/role", role="god") == 422
    for number in (99, 2**31, 2**70):
        assert post(ada, f"/people/{number}/closure") == 404
        assert post(ada, f"/people/{number}/sessions/revocation") == 404
    assert post(ada, f"/people/{VERA}/role", role="operator") == 303
