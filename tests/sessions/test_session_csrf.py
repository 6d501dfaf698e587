"""Forms: the token is of one session, or of one visitor's cookie, and nothing is stored for it."""

from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from redis import Redis

from app.sessions.csrf import SessionCSRF
from tests.sessions.conftest import MakeApp
from tests.sessions.visitor import Visitor


def form_token(browser: Visitor) -> str:
    return str(browser.json("/form"))


def send(browser: Visitor, token: str | None, **headers: str) -> int:
    data = {} if token is None else {"csrf_token": token}
    return browser.post("/form", data=data, headers=headers).status_code


def signed_in(app: Flask, user: str = "ada") -> Visitor:
    browser = Visitor(app)
    browser.get(f"/login?user={user}")
    return browser


def test_a_form_of_ones_own_is_accepted(app: Flask) -> None:
    for browser in (signed_in(app), Visitor(app)):
        token = form_token(browser)

        assert [send(browser, token) for _ in range(2)] == [200, 200]
        assert browser.post("/form", headers={"X-CSRF-Token": token}).status_code == 200


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    for browser in (signed_in(app), Visitor(app)):
        token = form_token(browser)

        for wrong in (None, "", token[:-1], token + "A", token[::-1], "é"):
            assert send(browser, wrong) == 400, wrong


def test_the_token_of_before_login_is_refused_after_it(app: Flask) -> None:
    browser = Visitor(app)
    without = form_token(browser)
    browser.get("/write?key=note&value=x")
    anonymous = form_token(browser)
    accepted = send(browser, anonymous)
    browser.get("/login?user=ada")
    first = form_token(browser)
    browser.get("/rotate")
    second = form_token(browser)

    assert accepted == 200
    assert [send(browser, old) for old in (without, anonymous, first)] == [400, 400, 400]
    assert send(browser, second) == 200
    browser.get("/logout")
    assert send(browser, second) == 400


def test_the_token_of_another_session_is_refused(app: Flask) -> None:
    ada, mallory, stranger = signed_in(app), signed_in(app, "mallory"), Visitor(app)
    again = signed_in(app)
    tokens = {who: form_token(who) for who in (ada, mallory, stranger, again)}
    for who in tokens:
        for whose, token in tokens.items():
            assert send(who, token) == (200 if who is whose else 400)


def test_a_visitors_cookie_cannot_be_made_up(app: Flask, make_app: MakeApp) -> None:
    """A subdomain may toss one: it has to be signed by us, and the token has to be of it."""
    other = Visitor(make_app(SECRET_KEY="another secret"), cookie="csrf")
    theirs = form_token(other)
    for cookie in (other.token, "x." + "A" * 32, "x", "", "."):
        browser = Visitor(app, cookie="csrf")
        browser.carry(cookie)

        assert send(browser, theirs) == 400
        assert send(browser, cookie) == 400
    assert send(other, theirs) == 200


def test_what_another_site_makes_the_browser_send_is_refused(app: Flask) -> None:
    browser = signed_in(app)
    token = form_token(browser)
    refused: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://attacker.example"},
        {"Origin": "http://localhost.attacker.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "null"},
    ]
    accepted: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Origin": "http://localhost"},
        {},
    ]

    assert {send(browser, token, **headers) for headers in refused} == {400}
    assert {send(browser, token, **headers) for headers in accepted} == {200}


def test_a_form_that_is_only_looked_at_stores_nothing(app: Flask, redis: Redis) -> None:
    browser = Visitor(app)
    tokens = {form_token(browser) for _ in range(3)}
    answer = Visitor(app).get("/form")

    assert len(tokens) == 1
    assert redis.dbsize() == 0
    assert answer.headers["Set-Cookie"].startswith("csrf=")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_visitors_cookie_is_for_this_host_alone(make_app: MakeApp) -> None:
    browser = Visitor(make_app(SESSION_COOKIE_SECURE=True), https=True)
    header = browser.get("/form").headers["Set-Cookie"]

    assert header.startswith("__Host-csrf=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header


@pytest.mark.parametrize("who", ["signed in", "a stranger"])
def test_forms_of_flask_wtf_have_and_want_it(app: Flask, who: str) -> None:
    class AForm(FlaskForm):  # type: ignore[misc] # Flask-WTF carries no types
        class Meta(FlaskForm.Meta):  # type: ignore[misc]
            csrf_class = SessionCSRF

    def view() -> Any:  # noqa: ANN401 (what Flask takes)
        form = AForm()
        accepted = form.validate_on_submit()
        return {"token": form.csrf_token.current_token, "accepted": accepted}

    app.add_url_rule("/wtf", view_func=view, methods=["GET", "POST"])
    browser = signed_in(app) if who == "signed in" else Visitor(app)
    token = browser.json("/wtf")["token"]
    answers = [
        (browser.post("/wtf", data=data, headers=headers).json or {})["accepted"]
        for data, headers in (
            ({"csrf_token": token}, {}),
            ({"csrf_token": token[:-1]}, {}),
            ({}, {}),
            ({"csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
        )
    ]

    assert answers == [True, False, False, False]
