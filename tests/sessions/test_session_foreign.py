"""What others put under our keys is never executed, never a session, and never an error."""

from pathlib import Path

import msgspec
import pytest
from flask import Flask
from redis import Redis

from app.sessions import SessionStore
from lab.engines import Valkey
from tests.sessions.application import connect, create_app
from tests.sessions.conftest import MakeApp
from tests.sessions.visitor import Visitor


def pickled(proof: Path) -> bytes:
    """Unpickling this leaves the file there."""
    return f"cos\nsystem\n(S'touch {proof}'\ntR.".encode()


def key_of(store: SessionStore, browser: Visitor) -> str:
    return store.layout.session(browser.name)


def strange_values(proof: Path) -> dict[str, object]:
    """Texts, and a hash for each dict."""
    msgpack = msgspec.msgpack.encode
    return {
        "a pickle": pickled(proof),
        "msgpack of a session": msgpack({"user": "ada", "!u": "ada"}),
        "JSON of a session": b'{"user": "ada"}',
        "a JSON list": b'["user", "ada"]',
        "a number": b"1",
        "corrupt msgpack": b"\xc1\xff\x00",
        "nothing": b"",
        "a hash without a deadline": {"!u": msgpack("ada"), "!e": b"0", "user": msgpack("ada")},
        "a hash with a deadline that is none": {"!a": b"soon", "!u": msgpack("ada")},
        "a hash with an endless deadline": {"!a": b"inf", "!u": msgpack("ada"), "!s": b"inf"},
        "a hash with a deadline that is not a number": {"!a": b"nan", "!s": b"nan", "!u": b"\x01"},
        "fields of another kind": {b"\xff\xfe": b"\xff"},
        "a tombstone": {"!t": b"1"},
    }


STRANGE = list(strange_values(Path()))


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_value_under_a_sessions_key_is_no_session(
    browser: Visitor, store: SessionStore, redis: Redis, tmp_path: Path, what: str
) -> None:
    proof = tmp_path / "executed"
    browser.get("/login?user=ada")
    key = key_of(store, browser)
    redis.delete(key)
    put(redis, key, strange_values(proof)[what])
    paths = ("/who", "/all", "/incr?key=clicks", "/append?key=list&item=x")
    answers = [browser.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert (answers[0].json or {})["user"] is None
    assert answers[1].json == {}
    assert not proof.exists()


@pytest.mark.parametrize("what", STRANGE)
def test_a_blind_write_over_a_strange_value_harms_nobody(
    browser: Visitor, store: SessionStore, redis: Redis, tmp_path: Path, what: str
) -> None:
    proof = tmp_path / "executed"
    browser.get("/login?user=ada")
    key = key_of(store, browser)
    redis.delete(key)
    put(redis, key, strange_values(proof)[what])
    answer = browser.get("/write?key=note&value=mine")

    assert answer.status_code == 200
    assert browser.user is None
    assert not proof.exists()


def put(redis: Redis, key: str, value: object) -> None:
    if isinstance(value, dict):
        redis.hset(key, mapping=value)
    else:
        redis.set(key, value)  # type: ignore[arg-type]


def test_the_key_is_where_the_session_is(
    browser: Visitor, store: SessionStore, redis: Redis
) -> None:
    """The control: what belongs there, put there anew, is a session again."""
    browser.get("/login?user=ada")
    key = key_of(store, browser)
    fields = redis.hgetall(key)
    redis.delete(key)
    before = browser.user
    redis.hset(key, mapping=fields)  # type: ignore[arg-type]

    assert before is None
    assert browser.user == "ada"


def test_stock_flask_session_executes_the_pickle(
    server: Valkey, tmp_path: Path, redis: Redis
) -> None:
    """The control: the pickle is a real one."""
    proof = tmp_path / "executed"
    redis.set("session:" + "A" * 43, pickled(proof))
    with connect(server.url) as client:
        browser = Visitor(create_app(client, stock=True))
        browser.carry("A" * 43)
        browser.get("/who")

    assert proof.exists()


@pytest.mark.parametrize("value", [b"\xc1", b"", b"cos\nsystem\n(S'true'\ntR.", b"\xc7\x01"])
def test_a_corrupt_field_is_as_if_it_were_not_there(
    browser: Visitor, store: SessionStore, redis: Redis, value: bytes
) -> None:
    browser.get("/login?user=ada")
    browser.get("/write?key=note&value=mine")
    browser.get("/write?key=other&value=good")
    redis.hset(key_of(store, browser), "note", value)

    assert browser.json("/read?key=note") is None
    assert browser.json("/read?key=other") == "good"
    assert browser.user == "ada"
    browser.get("/write?key=note&value=anew")
    assert browser.json("/read?key=note") == "anew"


@pytest.mark.parametrize("field", ["!u", "!e", "!a", "!s", "!c", "!n"])
def test_a_corrupt_reserved_field_signs_nobody_in(
    browser: Visitor, store: SessionStore, redis: Redis, field: str
) -> None:
    browser.get("/login?user=ada")
    redis.hset(key_of(store, browser), field, b"\xc1\xff")
    user = browser.user

    assert user in (None, "ada")
    if field in ("!u", "!e", "!a"):
        assert user is None


def test_a_session_is_opened_under_its_own_name_alone(
    app: Flask, store: SessionStore, redis: Redis
) -> None:
    """Somebody who can write to the store copies ada's session under bob's; it is ada's still.

    Contents are not sealed: who writes to the store can change them. What must hold is that a key
    that another program made is never reached.
    """
    browser = Visitor(app)
    browser.get("/write?key=note&value=mine")
    for foreign in ("session:other-app", "session:{abcdefghijk}:epoch", "session:" + "A" * 43):
        redis.set(foreign, msgspec.msgpack.encode({"user": "admin"}))
        for part in (foreign, foreign.removeprefix("session:")):
            attacker = Visitor(app)
            attacker.carry(part)

            assert attacker.user is None
            assert attacker.content == {}
        assert redis.exists(foreign)
    assert browser.content == {"note": "mine"}


def test_two_applications_under_two_prefixes_leave_one_another_alone(make_app: MakeApp) -> None:
    one, other = (Visitor(make_app(SESSION_KEY_PREFIX=prefix)) for prefix in ("one:", "other:"))
    one.get("/login?user=ada")
    other.carry(one.token)
    other.get("/write?key=note&value=x")

    assert one.user == "ada"
    assert one.content == {}
    assert other.user is None
