"""One's own password, changed, and given once more before what a thief must not do."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import PASSWORD, csrf_token, sign_in
from tests.web.browsers import Browser, cookie, is_in, name_of, post, rows

CHANGE, CONFIRM = "/account/password", "/account/confirmation"
NEW = "another battery staple"


def change_password(client: FlaskClient, **but: str) -> int:
    return post(client, CHANGE, **({"current": PASSWORD, "new": NEW, "again": NEW} | but))


def test_a_new_password_ends_all_other_sessions_and_moves_this_one(
    parts: Parts, browser: Browser, store: SessionStore
) -> None:
    here, there, otto = browser("vera"), browser("vera"), browser("otto")
    old = cookie(here)
    changed = change_password(here)
    stolen = browser()
    stolen.set_cookie("andon-session", old)

    assert changed == 303
    assert [is_in(one) for one in (here, there, otto, stolen)] == [True, False, True, False]
    assert cookie(here) != old
    assert rows(parts) == [name_of(store, here), name_of(store, otto)]
    assert [view.name for view in store.of(1)] == [name_of(store, here)]


def test_a_new_password_takes_the_old_ones_place(browser: Browser) -> None:
    change_password(browser("vera"))
    answers = [sign_in(browser(), "vera", password).status_code for password in (PASSWORD, NEW)]

    assert answers == [422, 303]


@pytest.mark.parametrize(
    ("but", "words"),
    [
        ({"current": "wrong"}, "not your password"),
        ({"new": "short", "again": "short"}, "12 to 128 characters"),
        ({"again": "something else"}, "not the same"),
        ({"csrf_token": ""}, "400"),
    ],
    ids=str,
)
def test_what_is_no_new_password_changes_nothing(
    browser: Browser, but: dict[str, str], words: str
) -> None:
    here, there = browser("vera"), browser("vera")
    form = {"current": PASSWORD, "new": NEW, "again": NEW, "csrf_token": csrf_token(here, CHANGE)}
    answer = here.post(CHANGE, data=form | but)

    assert answer.status_code == (400 if words == "400" else 422)
    assert words in answer.text
    assert is_in(there)
    assert change_password(here) == 303


@pytest.mark.parametrize("path", [CHANGE, CONFIRM])
def test_who_stole_a_session_does_not_guess_the_password_there(browser: Browser, path: str) -> None:
    vera, elsewhere = browser("vera"), browser("vera")
    form = {"current": "a guess", "password": "a guess", "new": NEW, "again": NEW}
    guesses = [post(vera, path, **form) for _ in range(6)]
    right = post(vera, path, **(form | {"current": PASSWORD, "password": PASSWORD}))

    assert guesses == [422] * 5 + [429]
    assert right == 429
    assert is_in(vera)
    assert post(elsewhere, path, **(form | {"current": PASSWORD, "password": PASSWORD})) == 303


def test_a_confirmation_leads_back_and_moves_the_session(browser: Browser) -> None:
    ada = browser("ada")
    before = cookie(ada)
    form = {"password": PASSWORD, "next": "/people", "csrf_token": csrf_token(ada, CONFIRM)}
    answer = ada.post(CONFIRM, data=form)

    assert (answer.status_code, answer.location) == (303, "/people")
    assert cookie(ada) != before
    assert is_in(ada)


def test_a_confirmation_never_leads_to_another_site(browser: Browser) -> None:
    ada = browser("ada")
    form = {"password": PASSWORD, "next": "//evil.test", "csrf_token": csrf_token(ada, CONFIRM)}

    assert ada.post(CONFIRM, data=form).location == "/"


def confirmed_ago(client: FlaskClient, ago: timedelta) -> None:
    with client.session_transaction() as session:
        session["confirmed_at"] = datetime.now(UTC) - ago


def test_a_confirmation_is_good_for_a_quarter_of_an_hour(browser: Browser) -> None:
    ada = browser("ada")
    post(ada, CONFIRM, password=PASSWORD)
    answers = []
    for ago in (timedelta(minutes=14), timedelta(minutes=15), timedelta(minutes=-1)):
        confirmed_ago(ada, ago)
        token = csrf_token(ada, "/people")
        answers.append(ada.post("/people/1/opening", data={"csrf_token": token}).location)

    assert answers[0] == "/people#person-1"
    assert answers[1:] == ["/account/confirmation?next=/people"] * 2


def test_a_wrong_confirmation_confirms_nothing(browser: Browser) -> None:
    ada = browser("ada")
    before = cookie(ada)
    wrong = post(ada, CONFIRM, password="wrong")
    token = csrf_token(ada, "/people")
    refused = ada.post("/people/1/closure", data={"csrf_token": token})

    assert (wrong, refused.location) == (422, "/account/confirmation?next=/people")
    assert cookie(ada) == before


@pytest.mark.parametrize("path", [CHANGE, CONFIRM])
def test_a_stranger_has_no_password_here(browser: Browser, path: str) -> None:
    stranger = browser()
    token = csrf_token(stranger, "/sign-in")

    assert stranger.get(path).status_code == 302
    assert stranger.post(path, data={"csrf_token": token}).status_code == 401
    assert browser("vera").get(path).status_code == 200
