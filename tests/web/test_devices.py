"""Where one is signed in, seen and ended by its owner alone."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from app.domain.accounts.sign_ins import MOST
from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import PASSWORD, Plant, csrf_token, sign_in
from tests.web.browsers import Browser, change, is_in, name_of, post, rows

PAGE = "/account/sessions"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
)


def sign_in_with(client: FlaskClient, agent: str, address: str) -> None:
    client.post(
        "/sign-in",
        data={"username": "vera", "password": PASSWORD, "csrf_token": csrf_token(client)},
        headers={"User-Agent": agent},
        environ_overrides={"REMOTE_ADDR": address},
    )


def shown(client: FlaskClient) -> list[str]:
    """The devices of the page, from top to bottom, each on one line."""
    found = re.findall(r'<li class="panel device">(.*?)</li>', client.get(PAGE).text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_each_device_is_shown_by_its_name_this_one_first(browser: Browser) -> None:
    phone, desk = browser(), browser()
    browser("otto")
    sign_in_with(phone, ANDROID, "192.0.2.7")
    sign_in_with(desk, EDGE, "2001:db8::1")
    on_phone, on_desk = shown(phone), shown(desk)

    assert [device.split(" Seen ")[0] for device in on_phone] == [
        "Chrome on Android this device",
        "Edge on Windows",
    ]
    assert [device.split(" Seen ")[0] for device in on_desk] == [
        "Edge on Windows this device",
        "Chrome on Android",
    ]
    assert "192.0.2.7" in on_phone[0]
    assert "2001:db8::1" in on_phone[1]


def test_the_store_knows_best_when_a_device_was_seen(
    parts: Parts, browser: Browser, store: SessionStore
) -> None:
    here, there = browser("vera"), browser("vera")
    change(parts, "UPDATE sign_in SET seen_at = seen_at - interval '4 minutes'")
    known = shown(here)[1]
    parts.redis.delete(store.layout.session(name_of(store, there)))
    forgotten = shown(here)[1]

    assert re.search(r"Seen \d+ s ago", known)
    assert "Seen 4 min ago" in forgotten


def test_what_the_store_forgot_is_shown_while_it_may_come_back(
    parts: Parts, browser: Browser, store: SessionStore
) -> None:
    here, there = browser("vera"), browser("vera")
    parts.redis.delete(store.layout.session(name_of(store, there)))
    before = len(shown(here))
    change(parts, "UPDATE sign_in SET seen_at = seen_at - interval '31 minutes' WHERE id = 2")

    assert (before, len(shown(here))) == (2, 1)


def test_a_browser_in_which_one_signs_in_again_is_one_device(
    parts: Parts, browser: Browser
) -> None:
    here = browser("vera")
    sign_in(here, "vera")

    assert rows(parts, "id") == [2]
    assert len(shown(here)) == 1


def test_what_is_over_is_not_shown(parts: Parts, browser: Browser) -> None:
    here = browser("vera")
    browser("vera")
    before = len(shown(here))
    change(parts, "UPDATE sign_in SET expires_at = now() WHERE id = 2")

    assert (before, len(shown(here))) == (2, 1)


def test_one_device_is_ended_from_another(parts: Parts, browser: Browser) -> None:
    here, there, third = browser("vera"), browser("vera"), browser("vera")
    ended = post(here, f"{PAGE}/2/revocation")

    assert ended == 303
    assert [is_in(one) for one in (here, there, third)] == [True, False, True]
    assert rows(parts, "id") == [1, 3]


def test_all_others_are_ended_at_once(parts: Parts, browser: Browser, store: SessionStore) -> None:
    here, there, otto = browser("vera"), browser("vera"), browser("otto")
    late = name_of(store, there)
    ended = post(here, f"{PAGE}/revocation")

    assert ended == 303
    assert [is_in(one) for one in (here, there, otto)] == [True, False, True]
    assert [view.name for view in store.of(1)] == [name_of(store, here)]
    assert late not in rows(parts)


def test_this_device_is_ended_like_signing_out(browser: Browser) -> None:
    here = browser("vera")
    answer = here.post(f"{PAGE}/1/revocation", data={"csrf_token": csrf_token(here, PAGE)})

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert here.get_cookie("andon-session") is None
    assert not is_in(here)


@pytest.mark.parametrize("number", [2, 999, 2**31, 2**70])
def test_anothers_device_or_none_is_not_found(browser: Browser, number: int) -> None:
    vera, otto = browser("vera"), browser("otto")

    assert post(vera, f"{PAGE}/{number}/revocation") == 404
    assert [is_in(one) for one in (vera, otto)] == [True, True]
    assert post(otto, f"{PAGE}/2/revocation") == 303


@pytest.mark.parametrize("path", [f"{PAGE}/revocation", f"{PAGE}/1/revocation"])
def test_another_site_ends_nothing(browser: Browser, path: str) -> None:
    vera = browser("vera")
    token = {"csrf_token": csrf_token(vera, PAGE)}
    elsewhere = vera.post(path, data=token, headers={"Sec-Fetch-Site": "cross-site"})
    without = vera.post(path)

    assert (elsewhere.status_code, without.status_code) == (400, 400)
    assert is_in(vera)
    assert vera.post(path, data=token).status_code == 303


@pytest.mark.parametrize("path", [f"{PAGE}/revocation", f"{PAGE}/1/revocation"])
def test_a_stranger_ends_nothing(browser: Browser, path: str) -> None:
    vera, stranger = browser("vera"), browser()
    token = csrf_token(stranger, "/sign-in")

    assert stranger.get(PAGE).location == "/sign-in?next=%2Faccount%2Fsessions"
    assert stranger.post(path, data={"csrf_token": token}).status_code == 401
    assert is_in(vera)


def test_eleven_browsers_at_once_leave_ten(
    parts: Parts, browser: Browser, plant: Plant, store: SessionStore
) -> None:
    oldest = browser("vera")
    browsers = [browser() for _ in range(MOST)]

    def enter(number: int) -> int:
        address = f"192.0.2.{number}"  # one address for all would be guessing
        # Of so many at once some are asked to come back.
        while (answer := sign_in(browsers[number], "vera", address=address)).status_code == 503:
            time.sleep(0.05)
        return answer.status_code

    with ThreadPoolExecutor(MOST) as pool:
        answers = list(pool.map(enter, range(MOST)))

    assert answers == [303] * MOST
    assert len(rows(parts)) == len(store.of(plant.people["vera"])) == MOST
    assert all(is_in(one) for one in browsers)
    assert not is_in(oldest)
