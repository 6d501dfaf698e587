"""Guessing passwords: how often, from where, and that it locks nobody else out."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.config import Config
from app.domain.accounts import Attempts, Hashing, TooManyAttempts, at_sign_in
from app.factory import create_app
from app.parts import Parts
from lab.shards import Cluster
from tests.builders import PASSWORD, Plant, csrf_token, password_hash, sign_in
from tests.web.browsers import Browser

HERE, THERE = "192.0.2.7", "198.51.100.9"
WRONG = "not the password"


def guess(client: FlaskClient, who: str, *, address: str = HERE, password: str = WRONG) -> int:
    return sign_in(client, who, password, address=address).status_code


def test_after_five_guesses_a_name_is_not_tried_from_there_again(browser: Browser) -> None:
    thief = browser()
    guesses = [guess(thief, "vera") for _ in range(7)]
    answer = sign_in(thief, "vera", address=HERE)

    assert guesses == [422] * 5 + [429] * 2
    assert answer.status_code == 429
    assert 800 < int(answer.headers["Retry-After"]) <= 900
    assert "Please wait a while" in answer.text
    assert guess(browser(), "vera", address=THERE, password=PASSWORD) == 303
    assert guess(browser(), "otto", password=PASSWORD) == 303


def test_guesses_at_once_are_no_more_than_guesses_in_turn(app: Flask, plant: Plant) -> None:
    clients = [app.test_client() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda client: guess_until_answered(client, "vera"), clients))

    assert sorted(answers) == [422] * 5 + [429] * 7


def test_the_right_password_forgets_the_guesses_before_it(browser: Browser) -> None:
    answers = []
    for _ in range(3):
        answers += [guess(browser(), "vera") for _ in range(4)]
        answers.append(guess(browser(), "vera", password=PASSWORD))

    assert answers == ([422] * 4 + [303]) * 3


def have_guessed(app: Flask, who: str, address: str) -> None:
    """Leave what a wrong password leaves, without the time it takes to check one."""
    counted: Attempts = app.extensions["andon.attempts"]
    attempt = at_sign_in(who, address=address, known_device=None)
    with suppress(TooManyAttempts):
        counted.begin(attempt)
        counted.failed(attempt)


def test_in_a_rush_a_try_is_sent_away_uncounted_and_pages_are_served(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing = Hashing(at_once=1, waiting=0)
    monkeypatch.setitem(app.extensions, "andon.hashing", hashing)
    with hashing.turn():
        tries = [sign_in(browser(), "vera", WRONG, address=HERE) for _ in range(6)]
        page = browser().get("/sign-in")

    assert {(one.status_code, one.headers.get("Retry-After")) for one in tries} == {(503, "2")}
    assert "Many people are signing in" in tries[0].text
    assert page.status_code == 200
    assert guess(browser(), "vera", password=PASSWORD) == 303


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/account/confirmation", {"password": PASSWORD}),
        ("/account/password", {"current": PASSWORD, "new": "x" * 12, "again": "x" * 12}),
    ],
)
def test_ones_own_password_waits_for_its_turn_too(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str]
) -> None:
    hashing, vera = Hashing(at_once=1, waiting=0), browser()
    sign_in(vera, "vera", PASSWORD, address=HERE)
    token = csrf_token(vera, path)
    monkeypatch.setitem(app.extensions, "andon.hashing", hashing)
    with hashing.turn():
        sent_away = vera.post(path, data={"csrf_token": token, **form})
    taken = vera.post(path, data={"csrf_token": token, **form})

    assert (sent_away.status_code, taken.status_code) == (503, 303)


def guess_until_answered(client: FlaskClient, who: str) -> int:
    """Whoever comes while many others do is told to come back, and that counts for nothing."""
    while (status := guess(client, who)) == 503:
        time.sleep(0.05)
    return status


@pytest.mark.parametrize(
    "addresses",
    [[HERE], ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]],
    ids=["an address", "a network of IPv6"],
)
def test_after_fifty_guesses_nothing_is_tried_from_an_address(
    app: Flask, browser: Browser, addresses: list[str]
) -> None:
    for number in range(48):
        have_guessed(app, f"name{number}", addresses[number % len(addresses)])
    thief = browser()
    answers = [guess(thief, f"person{n}", address=addresses[-1]) for n in range(3)]

    assert answers == [422, 422, 429]
    assert guess(browser(), "vera", address=addresses[0], password=PASSWORD) == 429
    assert guess(browser(), "vera", address=THERE, password=PASSWORD) == 303


def guess_from_everywhere(app: Flask, who: str) -> list[int]:
    """Guess until no stranger may; the answers to the last three."""
    for number in range(28):
        have_guessed(app, who, f"203.0.113.{number}")
    last = range(28, 31)
    return [guess(app.test_client(), who, address=f"203.0.113.{number}") for number in last]


def test_after_thirty_guesses_from_anywhere_a_name_is_tried_by_no_stranger(
    app: Flask, browser: Browser
) -> None:
    answers = guess_from_everywhere(app, "vera")
    stranger = sign_in(browser(), "vera", address=THERE)

    assert answers == [422, 422, 429]
    assert stranger.status_code == 429
    assert 3500 < int(stranger.headers["Retry-After"]) <= 3600
    assert guess(browser(), "otto", address=THERE, password=PASSWORD) == 303


def test_someone_elses_guesses_do_not_lock_me_out(app: Flask, browser: Browser) -> None:
    mine, colleagues = browser(), browser()
    for client, who in ((mine, "vera"), (colleagues, "otto")):
        assert guess(client, who, address=HERE, password=PASSWORD) == 303
    nearby = [guess(browser(), "vera", address=HERE) for _ in range(6)]
    guess_from_everywhere(app, "vera")

    assert nearby[-1] == 429
    assert guess(colleagues, "vera", address=HERE, password=PASSWORD) == 429
    for address in (HERE, THERE):
        assert guess(mine, "vera", address=address, password=PASSWORD) == 303


def test_a_tablet_knows_all_who_signed_in_on_it(app: Flask, browser: Browser) -> None:
    tablet = browser()
    for who in ("vera", "otto"):
        guess(tablet, who, password=PASSWORD)
    for who in ("vera", "otto", "ada"):
        guess_from_everywhere(app, who)

    answers = {who: guess(tablet, who, password=PASSWORD) for who in ("vera", "otto", "ada")}
    assert answers == {"vera": 303, "otto": 303, "ada": 429}


def test_a_known_browser_has_five_guesses_like_any_other(browser: Browser) -> None:
    mine = browser()
    guess(mine, "vera", password=PASSWORD)
    addresses = [f"203.0.113.{number}" for number in range(1, 7)]
    answers = [guess(mine, "vera", address=address) for address in addresses]

    assert answers == [422] * 5 + [429]
    assert guess(browser(), "vera", password=PASSWORD) == 303


def test_a_browser_is_known_by_nothing_it_could_make_itself(app: Flask, browser: Browser) -> None:
    mine = browser()
    answer = sign_in(mine, "vera", address=HERE)
    (made,) = (it for it in answer.headers.getlist("Set-Cookie") if it.startswith("device="))
    real = made.split(";")[0].partition("=")[2]
    guess_from_everywhere(app, "vera")

    # Not its last letter: of that a decoder leaves bits unread.
    forgery = real[:-5] + ("A" if real[-5] != "A" else "B") + real[-4:]
    answers = []
    for value in (forgery, "x", "", real):
        forged = browser()
        forged.set_cookie("device", value)
        answers.append(guess(forged, "vera", address=THERE, password=PASSWORD))

    assert answers == [429, 429, 429, 303]
    assert "HttpOnly" in made
    assert "vera" not in real


def answer_to(client: FlaskClient, who: str, *, password: str = WRONG) -> tuple[int, str]:
    """The page, without what differs from page to page by design."""
    answer = sign_in(client, who, password)
    return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)


def test_nothing_tells_whether_there_is_such_a_name(
    parts: Parts, browser: Browser, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE operator SET active = false WHERE username = 'otto'"
        )
    wrong = answer_to(browser(), "vera")
    closed = answer_to(browser(), "otto", password=PASSWORD)
    unknown = answer_to(browser(), "nobody")

    assert wrong[0] == 422
    assert wrong == closed == unknown


@pytest.mark.parametrize("who", ["vera", "nobody", "No One", "otto"])
def test_a_name_that_may_not_sign_in_takes_as_long_as_one_that_may(
    browser: Browser, parts: Parts, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    with parts.database.transaction() as session:
        session.execute(text("UPDATE operator SET active = false WHERE username = 'otto'"))
    # What each check has to do is what it takes; a clock would only guess at that.
    checked = []

    def check(hasher: PasswordHasher, stored: str, password: str) -> Literal[True]:
        checked.append((extract_parameters(stored), len(password)))
        return verify(hasher, stored, password)

    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", check)
    guess(browser(), who)

    assert checked == [(extract_parameters(password_hash()), len(WRONG))]


def test_passwords_are_hashed_as_rfc_9106_asks(peoples_hasher: PasswordHasher) -> None:
    assert extract_parameters(peoples_hasher.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


def test_a_cluster_counts_too(config: Config, parts: Parts, plant: Plant, cluster: Cluster) -> None:
    counted = replace(parts, config=replace(config, cache_url=cluster.url))
    app = create_app(config, counted)
    guesses = [guess(app.test_client(), "vera") for _ in range(6)]

    assert guesses == [422] * 5 + [429]
    assert guess(app.test_client(), "otto", password=PASSWORD) == 303


def test_a_cluster_that_is_away_is_a_503(config: Config, parts: Parts, plant: Plant) -> None:
    away = replace(config, cache_url="valkey://127.0.0.1:1/0?cluster=true")
    app = create_app(config, replace(parts, config=away))
    began = time.monotonic()

    assert guess(app.test_client(), "vera", password=PASSWORD) == 503
    assert time.monotonic() - began < 5
