"""Signing in and out."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import PASSWORD, Plant, csrf_token, post, sign_in


def session_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("andon-session")
    assert cookie is not None
    return cookie.value


def session_key(app: Flask, cookie: str) -> str:
    store: SessionStore = app.extensions["sessions"]
    token = store.keys.read(cookie)
    assert token is not None
    return store.layout.session(token.name)


def test_the_right_password_lets_in(client: FlaskClient, plant: Plant) -> None:
    answer = sign_in(client, "vera")

    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("vera", "wrong"), ("nobody", "wrong"), ("", "")])
def test_a_refusal_does_not_tell_which_half_is_wrong(
    client: FlaskClient, plant: Plant, name: str, password: str
) -> None:
    answer = sign_in(client, name, password)

    assert answer.status_code == 422
    assert "do not match" in answer.text


def test_signing_in_changes_the_session_id(
    app: Flask, client: FlaskClient, plant: Plant, parts: Parts
) -> None:
    sign_in(client, "vera")
    before = session_cookie(client)
    sign_in(client, "otto")
    after = session_cookie(client)

    assert before != after
    assert parts.redis.hkeys(session_key(app, before)) == [b"!t"]


def test_looking_at_the_sign_in_page_leaves_nothing_in_the_store(
    client: FlaskClient, plant: Plant, parts: Parts
) -> None:
    for _ in range(1000):
        client.get("/sign-in")
    before = list(parts.redis.scan_iter("session:*"))
    sign_in(client, "vera")

    assert before == []
    assert list(parts.redis.scan_iter("session:*"))


def test_the_cookie_is_for_http_and_this_site_alone(client: FlaskClient, plant: Plant) -> None:
    cookie = sign_in(client, "vera").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_cookie_of_our_own_making_opens_nothing(client: FlaskClient, plant: Plant) -> None:
    client.set_cookie("andon-session", "chosen-by-an-attacker")
    before = client.get("/").status_code
    sign_in(client, "vera")

    assert before == 302
    assert session_cookie(client) != "chosen-by-an-attacker"
    assert client.get("/").status_code == 200


def test_signing_out_ends_the_session(
    app: Flask, client: FlaskClient, plant: Plant, parts: Parts
) -> None:
    sign_in(client, "vera")
    cookie = session_cookie(client)
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/")})
    client.set_cookie("andon-session", cookie)

    assert client.get("/").status_code == 302
    assert parts.redis.hkeys(session_key(app, cookie)) == [b"!t"]


def test_a_closed_account_is_out_at_once(client: FlaskClient, plant: Plant, parts: Parts) -> None:
    sign_in(client, "vera")
    with parts.database.transaction() as session:
        session.execute(text("UPDATE operator SET active = false"))

    assert client.get("/").status_code == 302
    assert sign_in(client, "vera").status_code == 422


def test_a_form_without_its_token_is_refused(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")

    assert client.post("/sign-out").status_code == 400
    assert client.get("/").status_code == 200


def test_a_sign_in_page_that_was_open_too_long_is_shown_again(
    client: FlaskClient, plant: Plant
) -> None:
    answer = client.post("/sign-in", data={"username": "vera", "password": PASSWORD})

    assert answer.status_code == 422
    assert "open too long" in answer.text


def test_a_form_is_good_for_as_long_as_its_session(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")
    first, second = csrf_token(client, "/"), csrf_token(client, "/account/sessions")
    strangers = csrf_token(client.application.test_client())
    sign_in(client, "vera")

    assert first == second
    for old in (first, strangers):
        assert client.post("/sign-out", data={"csrf_token": old}).status_code == 400
    assert client.get("/").status_code == 200
    assert post(client, "/sign-out").status_code == 303
    assert client.get("/").status_code == 302


def test_a_token_of_before_signing_in_is_refused_after_it(
    client: FlaskClient, plant: Plant
) -> None:
    before = csrf_token(client)
    sign_in(client, "vera")

    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "\t//evil.test",
        "/\r\nX: y",
    ],
)
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, plant: Plant, target: str
) -> None:
    token = csrf_token(client)
    answer = client.post(
        "/sign-in",
        data={
            "username": "vera",
            "password": "correct horse battery",
            "next": target,
            "csrf_token": token,
        },
    )

    assert (answer.status_code, answer.location) == (303, "/")


def test_signing_in_leads_back_to_where_one_wanted_to_go(client: FlaskClient, plant: Plant) -> None:
    sent = client.get("/lines/press?span=8h")
    page = client.get(sent.location)

    assert 'value="/lines/press?span=8h"' in page.text


def test_a_stranger_gets_401_from_programs_doors(client: FlaskClient, plant: Plant) -> None:
    for path in ("/board.json", "/lines/press/history.json"):
        answer = client.get(path)

        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
