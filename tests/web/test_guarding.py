"""What a session is worth: its row decides, whatever the cache says or has lost."""

from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from app.config import Config
from app.factory import create_app
from app.parts import Parts, build_parts
from app.sessions import SessionStore
from tests.builders import Plant, csrf_token, sign_in
from tests.web.browsers import Browser, change, cookie, is_in, name_of, post, rows


def test_a_second_request_asks_postgresql_nothing(browser: Browser, queries: list[str]) -> None:
    vera = browser("vera")
    while vera.get("/account/password").headers["X-Cache"] != "near":
        pass
    queries.clear()
    answer = vera.get("/account/password")

    assert (answer.status_code, answer.headers["X-Cache"]) == (200, "near")
    assert queries == []


def test_a_sign_in_whose_row_is_gone_is_over(parts: Parts, browser: Browser) -> None:
    vera, otto = browser("vera"), browser("otto")
    before = is_in(vera)
    change(parts, "DELETE FROM sign_in WHERE operator_id = 1")

    assert (before, is_in(vera), is_in(otto)) == (True, False, True)


def test_what_a_console_deletes_is_over_once_it_is_paid(
    config: Config, parts: Parts, browser: Browser
) -> None:
    vera = browser("vera")
    before = [is_in(vera) for _ in range(3)]
    with closing(psycopg2.connect(config.database_url)) as console, console.cursor() as cursor:
        cursor.execute("DELETE FROM sign_in")
        console.commit()
    parts.cache.pay()

    assert (before, is_in(vera)) == ([True] * 3, False)


def everything(parts: Parts) -> dict[bytes, bytes]:
    """All sessions as they lie in the store."""
    return {key: parts.redis.dump(key) for key in parts.redis.scan_iter("session:*")}


def bring_back(parts: Parts, dumped: dict[bytes, bytes]) -> None:
    """What a failover to a replica does that had not heard of anything since."""
    for key in parts.redis.scan_iter("session:*"):
        parts.redis.delete(key)
    for key, value in dumped.items():
        parts.redis.restore(key, 0, value)


@pytest.mark.parametrize(
    ("by", "path"),
    [
        ("vera", "/sign-out"),
        ("vera again", "/account/sessions/1/revocation"),
        ("vera again", "/account/sessions/revocation"),
        ("ada", "/people/1/sessions/revocation"),
        ("ada", "/people/1/closure"),
    ],
)
def test_what_ended_stays_over_when_a_failover_brings_it_back(
    parts: Parts, browser: Browser, by: str, path: str
) -> None:
    browsers = {"vera": browser("vera"), "vera again": browser("vera"), "ada": browser("ada")}
    post(browsers["ada"], "/account/confirmation", password="correct horse battery")
    dumped, token = everything(parts), cookie(browsers["vera"])
    bring_back(parts, dumped)
    unharmed = is_in(browsers["vera"])
    ended = post(browsers[by], path)
    bring_back(parts, dumped)
    browsers["vera"].set_cookie("andon-session", token)

    assert (unharmed, ended) == (True, 303)
    assert not is_in(browsers["vera"])


def test_the_id_of_before_a_move_stays_over_too(parts: Parts, browser: Browser) -> None:
    vera = browser("vera")
    dumped, old = everything(parts), cookie(vera)
    moved = post(vera, "/account/confirmation", password="correct horse battery")
    after = is_in(vera)
    bring_back(parts, dumped)
    vera.set_cookie("andon-session", old)

    assert (moved, after, is_in(vera)) == (303, True, False)


def test_another_role_is_felt_at_once_and_moves_the_session(
    parts: Parts, browser: Browser, store: SessionStore
) -> None:
    vera, other = browser("vera"), browser("vera")
    before = [cookie(vera), cookie(other)]
    refused = post(vera, "/calls/1/acknowledgement")
    change(parts, "UPDATE operator SET role = 'operator' WHERE username = 'vera'")
    allowed = post(vera, "/calls/1/acknowledgement")
    stolen = browser()
    stolen.set_cookie("andon-session", before[0])

    assert (refused, allowed) == (403, 404)
    assert is_in(vera)
    assert is_in(other)
    assert not is_in(stolen)
    assert not {cookie(vera), cookie(other)} & set(before)
    assert sorted(map(str, rows(parts))) == sorted(name_of(store, one) for one in (vera, other))
    assert rows(parts, "role") == ["operator", "operator"]


def test_the_row_says_every_five_minutes_that_it_was_seen(parts: Parts, browser: Browser) -> None:
    vera = browser("vera")
    seen = []
    for ago in ("4 minutes", "2 minutes"):
        change(parts, f"UPDATE sign_in SET seen_at = seen_at - interval '{ago}'")  # noqa: S608
        before = rows(parts, "seen_at")
        seen.append((is_in(vera), rows(parts, "seen_at") == before))

    assert seen == [(True, True), (True, False)]


def test_a_cache_that_lost_all_signs_nobody_out(parts: Parts, browser: Browser) -> None:
    vera, gone = browser("vera"), browser("vera")
    token = cookie(gone)
    post(gone, "/sign-out")
    parts.redis.flushdb()
    gone.set_cookie("andon-session", token)
    before = cookie(vera)

    assert is_in(vera)
    assert cookie(vera) == before
    assert csrf_token(vera, "/")
    assert not is_in(gone)


@pytest.mark.parametrize(
    "over", ["seen_at = now() - interval '31 minutes'", "expires_at = now() - interval '1 second'"]
)
def test_a_cache_that_lost_all_brings_nothing_back_that_was_over(
    parts: Parts, browser: Browser, over: str
) -> None:
    vera = browser("vera")
    change(parts, f"UPDATE sign_in SET {over}")  # noqa: S608 (above)
    parts.redis.flushdb()

    assert not is_in(vera)


def test_without_the_database_nobody_is_told_that_they_are_out(
    config: Config, parts: Parts, browser: Browser
) -> None:
    vera = browser("vera")
    away = replace(config, database_url="postgresql://nobody:secret@127.0.0.1:1/nothing")
    lost = create_app(config, replace(parts, database=build_parts(away).database)).test_client()
    lost.set_cookie("andon-session", cookie(vera))
    token = csrf_token(vera, "/")

    assert lost.post("/sign-out", data={"csrf_token": token}).status_code == 503
    assert is_in(vera)


def test_without_the_cache_signing_in_and_out_say_so_at_once(
    config: Config, parts: Parts, browser: Browser, plant: Plant
) -> None:
    vera = browser("vera")
    token = csrf_token(vera, "/")
    away = build_parts(replace(config, cache_url="valkey://127.0.0.1:1/0"))
    lost = create_app(config, replace(away, database=parts.database)).test_client()
    refused = sign_in(lost, "vera")
    lost.set_cookie("andon-session", cookie(vera))
    out = lost.post("/sign-out", data={"csrf_token": token})

    assert (refused.status_code, out.status_code) == (503, 503)
    assert "Retry-After" in refused.headers
    assert rows(parts) == []
    assert not is_in(vera)
