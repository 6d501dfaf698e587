"""Staying signed in on a device, and a token that was stolen."""

import base64
import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.parts import Parts
from tests.builders import PASSWORD, csrf_token, sign_in
from tests.web.browsers import Browser, change, cookie, is_in, post, rows


@pytest.fixture
def vera(browser: Browser) -> FlaskClient:
    """Vera, who stays signed in on this browser."""
    client = browser()
    assert sign_in(client, "vera", stay="y").status_code == 303
    return client


def token(client: FlaskClient) -> str:
    found = client.get_cookie("stay")
    assert found is not None
    return found.value


def with_token(app: Flask, value: str) -> FlaskClient:
    """A browser that has nothing else."""
    client = app.test_client()
    client.set_cookie("stay", value)
    return client


def let_pass(parts: Parts, minutes: int) -> None:
    """Let the last use of every token lie so long ago."""
    change(
        parts,
        f"UPDATE sign_in SET token_changed_at = token_changed_at - interval '{minutes} minutes'",  # noqa: S608
    )


def test_a_browser_comes_back_when_its_session_is_over(
    parts: Parts, browser: Browser, vera: FlaskClient
) -> None:
    otto = browser("otto")
    before, kept = cookie(vera), token(vera)
    for client in (vera, otto):
        client.delete_cookie("andon-session")
    back = is_in(vera), is_in(otto)

    assert back == (True, False)
    assert (cookie(vera) != before, token(vera) != kept) == (True, True)
    assert rows(parts, "operator_id") == [1, 2]
    assert post(vera, "/sign-out") == 303
    assert not is_in(vera)


def test_it_comes_back_again_and_again_by_another_token_each_time(
    parts: Parts, vera: FlaskClient
) -> None:
    kept = [token(vera)]
    for _ in range(5):
        let_pass(parts, 60)
        vera.delete_cookie("andon-session")
        assert is_in(vera)
        kept.append(token(vera))

    assert len(set(kept)) == 6
    assert len(rows(parts)) == 1


def test_whoever_does_not_ask_for_it_does_not_stay(browser: Browser) -> None:
    client = browser("vera")

    assert client.get_cookie("stay") is None


def test_a_stolen_token_that_is_used_again_ends_it_for_both(
    app: Flask, parts: Parts, browser: Browser, vera: FlaskClient
) -> None:
    elsewhere = browser("vera")
    thief = with_token(app, token(vera))
    stolen = is_in(thief)
    let_pass(parts, 1)
    vera.delete_cookie("andon-session")

    assert stolen
    assert not is_in(vera)
    assert not is_in(thief)
    assert vera.get_cookie("stay") is None
    assert not is_in(with_token(app, token(thief)))
    assert is_in(elsewhere)


def test_a_thief_who_comes_late_ends_it_too(app: Flask, parts: Parts, vera: FlaskClient) -> None:
    stolen = token(vera)
    vera.delete_cookie("andon-session")
    is_in(vera)
    let_pass(parts, 1)
    thief = with_token(app, stolen)

    assert not is_in(thief)
    assert not is_in(vera)
    assert rows(parts) == []


def test_pages_opened_at_once_are_no_theft(app: Flask, vera: FlaskClient) -> None:
    second = with_token(app, token(vera))
    vera.delete_cookie("andon-session")
    first = is_in(vera)
    landed = second.get("/lines/press")
    # The cookies of the first answer are the browser's, so its other pages have them too.
    second.set_cookie("stay", token(vera))
    second.set_cookie("andon-session", cookie(vera))
    shown = second.get(landed.location)

    assert first
    assert landed.location == "/sign-in?next=%2Flines%2Fpress"
    assert (shown.status_code, shown.location) == (303, "/lines/press")
    assert is_in(vera)


@pytest.mark.parametrize(
    "end",
    [
        "/sign-out",
        "/account/sessions/1/revocation",
        "/account/sessions/revocation",
        "/account/password",
        "/people/1/sessions/revocation",
        "/people/1/closure",
    ],
)
def test_whatever_ends_the_sign_in_ends_the_token(
    app: Flask, browser: Browser, vera: FlaskClient, end: str
) -> None:
    kept = token(vera)
    ada = browser("ada")
    post(ada, "/account/confirmation", password=PASSWORD)
    by = ada if end.startswith("/people") else vera if end == "/sign-out" else browser("vera")
    new = "another battery staple"
    done = post(by, end, current=PASSWORD, new=new, again=new)

    assert done == 303
    assert not is_in(with_token(app, kept))


@pytest.mark.parametrize(
    "over",
    ["stays_until = now()", "series_digest = NULL", "token_digest = NULL", "token_digest = 'x'"],
)
def test_a_token_that_is_over_brings_nobody_back(
    parts: Parts, vera: FlaskClient, over: str
) -> None:
    change(parts, f"UPDATE sign_in SET {over}")  # noqa: S608 (above)
    vera.delete_cookie("andon-session")

    assert not is_in(vera)


def test_a_token_outlives_the_session_by_days(parts: Parts, browser: Browser) -> None:
    vera, otto = browser(), browser()
    for client, who in ((vera, "vera"), (otto, "otto")):
        sign_in(client, who, stay="y")
    for column in ("seen_at", "expires_at", "token_changed_at", "stays_until"):
        change(parts, f"UPDATE sign_in SET {column} = {column} - interval '714 hours'")  # noqa: S608
    parts.redis.flushdb()
    on_the_last_day = is_in(vera)
    left = rows(parts, "stays_until - expires_at")[0]
    change(parts, "UPDATE sign_in SET stays_until = stays_until - interval '1 day'")
    kept = token(otto)

    assert on_the_last_day
    assert left == timedelta(0)  # six hours from now, though a session lives for twelve
    assert not is_in(otto)
    assert token(otto) == kept


def test_no_one_makes_a_token_and_the_database_keeps_none(
    app: Flask, parts: Parts, vera: FlaskClient
) -> None:
    kept = token(vera)
    payload, _, signature = kept.partition(".")
    # The first letter: of the last one not all bits are read.
    forged = with_token(app, f"{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")
    secrets = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    (stored,) = rows(parts, "encode(series_digest || token_digest, 'escape')")

    assert not is_in(forged)
    assert not is_in(with_token(app, "x"))
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in str(stored)]
    assert is_in(with_token(app, kept))


def test_signing_out_ends_it_where_the_session_is_long_forgotten(
    app: Flask, browser: Browser, vera: FlaskClient
) -> None:
    kept = token(vera)
    stranger = browser()
    form = {"csrf_token": csrf_token(stranger)}
    stranger.set_cookie("stay", kept)
    out = stranger.post("/sign-out", data=form)

    assert out.status_code == 303
    assert stranger.get_cookie("stay") is None
    assert not is_in(with_token(app, kept))


def test_what_changes_something_brings_nobody_back(vera: FlaskClient) -> None:
    kept = token(vera)
    vera.delete_cookie("andon-session")
    polled = vera.get("/board.json").status_code

    assert polled == 401
    assert token(vera) == kept
    assert is_in(vera)


def test_signing_in_again_leaves_one_sign_in_of_a_browser(
    app: Flask, parts: Parts, vera: FlaskClient
) -> None:
    kept = token(vera)
    again = post(vera, "/sign-in", username="otto", password=PASSWORD)

    assert again == 303
    assert rows(parts, "operator_id") == [2]
    assert vera.get_cookie("stay") is None
    assert not is_in(with_token(app, kept))


def test_the_cookie_is_for_http_and_this_site_alone(browser: Browser) -> None:
    answer = sign_in(browser(), "vera", stay="y")
    (made,) = (it for it in answer.headers.getlist("Set-Cookie") if it.startswith("stay="))

    for flag in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert flag in made
    assert answer.headers["Cache-Control"] == "no-store"
