"""What the store is asked and what it holds: little, and nothing that opens a session."""

import base64
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.conftest import MakeApp
from tests.sessions.endpoints import Watched
from tests.sessions.visitor import Visitor, raw
from tests.sessions.watching import commands, everything

# What a request says to the store, at most: round trips.
TRIPS = {
    "/untouched": 0,
    "/no-such-page": 0,
    "/static/plain.txt": 0,
    "/read?key=note": 1,
    "/all": 1,
    "/who": 1,
    "/write?key=note&value=other": 1,
    "/write?key=note&value=another&look=1": 2,
    "/append?key=list&item=x": 2,
    "/write?key=note&value=another&look=2": 1,  # the same once more
    "/incr?key=clicks": 1,
    "/broken": 1,
}


@pytest.fixture
def watched(server: Valkey) -> Iterator[Watched]:
    with Watched(server.port) as endpoint:
        yield endpoint


@pytest.fixture
def app(server: Valkey, watched: Watched, make_app: MakeApp) -> Flask:
    return make_app(server.url.replace(f":{server.port}/", f":{watched.port}/"))


@pytest.fixture
def ada(app: Flask, browser: Visitor) -> Visitor:
    """Signed in, with connections and scripts that are warm."""
    for path in ("/login?user=ada", "/logout", "/login?user=ada"):
        browser.get(path)
    for path in TRIPS:
        browser.get(path, buffered=True)
    browser.get("/write?key=note&value=value")
    return browser


def trips(watched: Watched, browser: Visitor, path: str) -> int:
    """The round trips that a request takes."""
    before = watched.trips
    browser.get(path, buffered=True)
    return watched.trips - before


def malformed(store: SessionStore) -> dict[str, str]:
    good = store.keys.mint("ada").text
    return {
        "empty": "",
        "short": good[:-1],
        "long": good + "A",
        "huge": "A" * 60_000,
        "another version": "1.abcdefghijk." + "A" * 43,
        "a path": "../../etc/passwd",
        "a key": "session:{abcdefghijk}:epoch",
        "not ascii": good[:-1] + "é",
        "not ascii digits": good.replace(good[6], "٣", 1),
        "percent zero": good[:-3] + "%00",
        "a zero": good[:-1] + "\0",
        "flask-session's": "A" * 43,
        "a glob": "*",
        "spaces": f" {good[:-1]} ",
        "quoted end": good + '"',
        "a new line, quoted": f'"{good}\\012"',
        "a header, quoted": f'"{good}\\015\\012Set-Cookie: x=y"',
        "two": good + good,
        "an unknown key": "AAAA" + good[4:],
        "a mac that is off in its last character": good[:-2]
        + ("A" if good[-2] != "A" else "B")
        + good[-1],
        "a mac that is off in its first character": good[:-22]
        + ("A" if good[-22] != "A" else "B")
        + good[-21:],
    }


def test_a_request_asks_no_more_than_it_needs(ada: Visitor, watched: Watched) -> None:
    assert {path: trips(watched, ada, path) for path in TRIPS} == TRIPS


def test_without_a_cookie_only_a_write_asks(app: Flask, ada: Visitor, watched: Watched) -> None:
    paths = ("/untouched", "/read?key=note", "/all", "/who", "/form", "/logout", "/clear")

    assert [trips(watched, Visitor(app), path) for path in paths] == [0] * len(paths)
    assert trips(watched, Visitor(app), "/write?key=note&value=value") == 1


def test_login_and_logout_ask_little(ada: Visitor, watched: Watched) -> None:
    """The second trip of each learns whether a replica has it."""
    assert (trips(watched, ada, "/login?user=ada"), trips(watched, ada, "/logout")) == (2, 2)


def test_a_cookie_that_is_malformed_or_forged_asks_nothing(
    app: Flask, ada: Visitor, store: SessionStore, server: Valkey
) -> None:
    """The same for each, so that no time tells which character was wrong."""
    for name, cookie in malformed(store).items():
        with commands(server) as seen:
            answer = raw(app, f"session={cookie}")
            written = raw(app, f"session={cookie}", "/read?key=note")

        assert (seen, answer.status_code, answer.json) == ([], 200, {"name": None, "user": None}), (
            name
        )
        assert (written.status_code, written.json) == (200, None), name
        assert "Set-Cookie" not in answer.headers, name


def test_an_unknown_id_asks_as_much_as_a_known_one(
    app: Flask, ada: Visitor, store: SessionStore, server: Valkey
) -> None:
    asked = []
    for token in (ada.token, store.keys.mint("ada").text, store.keys.mint().text):
        with commands(server) as seen:
            raw(app, f"session={token}")
        asked.append([re.sub(r"\{.*", "", command) for command in seen])

    assert len(asked[0]) >= 1
    assert asked[0] == asked[1] == asked[2]


def test_ids_that_look_alike_are_stored_far_apart(store: SessionStore) -> None:
    """The name is an HMAC: who guesses a part of a token is no nearer to anything."""
    names = [store.keys.mint("ada").name for _ in range(1000)]
    tags, digests = zip(*(name.split(":") for name in names), strict=True)

    assert len(set(tags)) == 1
    assert len({digest[:5] for digest in digests}) > 990


def test_the_store_holds_nothing_of_a_token(ada: Visitor, app: Flask, redis: Redis) -> None:
    stranger = Visitor(app)
    stranger.get("/write?key=note&value=value")
    everywhere = repr(everything(redis))
    for browser in (ada, stranger):
        key_id, tag, secret, mac = browser.token.split(".")

        assert tag[1:] in everywhere  # what one finds if it is there
        for part in (browser.token, secret, mac, f"{key_id}.{tag}"):
            assert part not in everywhere
        for part in (secret, mac):
            assert repr(base64.urlsafe_b64decode(part + "=="))[2:-1] not in everywhere
        browser.get("/write?key=note&value=" + secret)

        assert secret in repr(everything(redis))


def test_all_keys_of_a_user_lie_in_one_slot_and_end_by_themselves(
    ada: Visitor, redis: Redis, store: SessionStore
) -> None:
    ada.get("/login?user=ada")
    store.end_all("ada")
    ada.get("/login?user=ada")
    keys = list(redis.scan_iter())
    tags = {key.split(b"{")[1].split(b"}")[0] for key in keys}

    assert all(key.startswith(b"session:{") for key in keys)
    assert len(tags) == 1
    assert len(keys) >= 4  # sessions, tombstones, epoch, index
    assert all(0 < redis.pttl(key) <= 13 * 3600 * 1000 for key in keys)


@pytest.mark.parametrize("hits", [1000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_crawlers_leave_nothing_behind(app: Flask, redis: Redis, hits: int) -> None:
    paths = ("/untouched", "/who", "/all", "/read?key=note", "/form", "/no-such-page", "/logout")
    for number in range(hits):
        Visitor(app).get(paths[number % len(paths)])

    assert redis.dbsize() == 0
    Visitor(app).get("/write?key=note&value=value")
    assert redis.dbsize() == 1


def test_a_hundred_thousand_tokens_are_all_different(store: SessionStore) -> None:
    tokens = [store.keys.mint().text.split(".") for _ in range(100_000)]
    secrets = {base64.urlsafe_b64decode(token[2] + "=") for token in tokens}
    ones = sum(int.from_bytes(secret).bit_count() for secret in secrets)

    assert len(secrets) == len({token[1] for token in tokens}) == 100_000
    assert {len(secret) for secret in secrets} == {32}
    # 25.6 million coins: six deviations of the mean.
    assert abs(ones - 12_800_000) < 6 * 2530


def test_a_cookie_cannot_inject_a_header(app: Flask, make_app: MakeApp) -> None:
    for value in ("x\r\nSet-Cookie: a=b", "x%0d%0aSet-Cookie:%20a=b", '"x\\015\\012A: b"'):
        for path in ("/who", "/write?key=note&value=value", "/logout"):
            answer = raw(app, f"session={value}", path)

            assert answer.status_code == 200
            assert "a=b" not in str(answer.headers)
            assert "A" not in answer.headers
