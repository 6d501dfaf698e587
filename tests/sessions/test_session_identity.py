"""Nobody gets into a session but by the token that login gave."""

import pytest
from flask import Flask, session
from redis import Redis

from app.sessions import SessionStore
from tests.sessions.application import SECRET
from tests.sessions.conftest import MakeApp
from tests.sessions.visitor import Visitor
from tests.sessions.watching import everything, live


@pytest.fixture
def ada(browser: Visitor) -> Visitor:
    """A browser in which ada is signed in."""
    browser.get("/login?user=ada")
    return browser


def test_who_signs_in_is_known_by_the_cookie(ada: Visitor, attacker: Visitor) -> None:
    attacker.carry(ada.token)

    assert ada.user == "ada"
    assert attacker.user == "ada"


def test_an_unknown_id_that_is_well_formed_is_not_adopted(
    attacker: Visitor, browser: Visitor, store: SessionStore, redis: Redis
) -> None:
    for chosen in (store.keys.mint().text, store.keys.mint("ada").text):
        browser.carry(chosen)
        browser.get("/write?key=note&value=mine")
        attacker.carry(chosen)

        assert browser.token != chosen
        assert browser.json("/read?key=note") == "mine"
        assert attacker.json("/read?key=note") is None
        assert attacker.user is None
    assert not redis.exists(store.layout.session(store.keys.read(chosen).name))  # type: ignore[union-attr]


def test_an_id_minted_with_another_secret_is_nothing(
    ada: Visitor, attacker: Visitor, make_app: MakeApp
) -> None:
    theirs = make_app(SECRET_KEY="another secret").extensions["sessions"].keys.mint("ada").text
    key_id, tag, secret, mac = ada.token.split(".")
    for forged in (
        theirs,
        ".".join((key_id, *theirs.split(".")[1:])),
        ".".join((key_id, tag, theirs.split(".")[2], mac)),
        ".".join((key_id, tag, secret, theirs.split(".")[3])),
        ".".join((key_id, "a" + tag[1:], secret, mac)),
    ):
        attacker.carry(forged)

        assert attacker.user is None
    assert ada.user == "ada"


def test_what_can_be_read_in_the_store_opens_no_session(
    ada: Visitor, attacker: Visitor, redis: Redis
) -> None:
    ada.get("/write?key=note&value=mine")
    name = ada.name
    names = [key.decode() for key in everything(redis)]
    for seen in (*names, *(key.removeprefix("session:") for key in names), name):
        for part in (seen, *seen.split(":"), ada.token.rpartition(".")[0] + "." + seen[-22:]):
            attacker.carry(part)

            assert attacker.user is None
    assert len(names) >= 2  # the session and the index of ada


def test_the_attackers_own_session_does_not_become_the_victims(
    browser: Visitor, attacker: Visitor
) -> None:
    """Fixation: the victim's browser carries the attacker's anonymous session, and signs in."""
    for way in ("/login?user=ada", "/login?user=ada&clear=1", "/login?user=ada&look=1"):
        attacker.forget()
        attacker.get("/write?key=note&value=planted")
        browser.carry(attacker.token)
        before = browser.token
        browser.get(way)

        assert browser.user == "ada"
        assert browser.content == {}
        assert browser.token != before
        assert attacker.user is None
        assert attacker.json("/read?key=note") is None


def test_signing_in_as_another_ends_the_first(ada: Visitor, attacker: Visitor) -> None:
    """The attacker planted a session of their own, signed in; the victim signs in over it."""
    attacker.carry(ada.token)
    ada.get("/write?key=note&value=of-ada")
    ada.get("/login?user=bob")

    assert ada.user == "bob"
    assert ada.content == {}
    assert attacker.user is None


def test_no_write_makes_anybody_somebody(ada: Visitor, app: Flask) -> None:
    stranger = Visitor(app)
    for key in ("user", "_user_id", "uid"):
        stranger.get(f"/write?key={key}&value=ada")
    reserved = stranger.get("/write?key=!u&value=ada").status_code

    assert stranger.user is None
    assert reserved == 500  # the view's own TypeError
    assert ada.user == "ada"


def test_rotation_keeps_what_is_in_it_and_ends_the_old_id(
    ada: Visitor, attacker: Visitor, redis: Redis
) -> None:
    ada.get("/write?key=note&value=mine")
    old = ada.token
    ada.get("/rotate")
    attacker.carry(old)

    assert ada.token != old
    assert (ada.user, ada.content) == ("ada", {"note": "mine"})
    assert (attacker.user, attacker.content) == (None, {})
    assert len(live(redis)) == 1


def test_rotation_of_an_anonymous_session_does_the_same(
    browser: Visitor, attacker: Visitor
) -> None:
    browser.get("/write?key=note&value=mine")
    attacker.carry(browser.token)
    browser.get("/rotate")

    assert browser.content == {"note": "mine"}
    assert attacker.content == {}


def test_rotation_does_not_put_off_the_end(ada: Visitor, store: SessionStore) -> None:
    (before,) = store.of("ada")
    ada.get("/rotate")
    (after,) = store.of("ada")

    assert (after.until, after.began_at) == (before.until, before.began_at)
    assert after.name != before.name


def test_after_logout_the_cookie_opens_nothing(
    ada: Visitor, attacker: Visitor, redis: Redis
) -> None:
    stolen = ada.token
    ada.get("/logout")
    attacker.carry(stolen)
    seen = attacker.user
    attacker.get("/write?key=note&value=again")
    attacker.carry(stolen)

    assert ada.token == ""
    assert seen is None
    assert attacker.user is None
    assert attacker.content == {}
    assert live(redis) == []


def test_the_user_comes_back_as_the_kind_it_was(app: Flask) -> None:
    """7 and "7" are two users, with sessions of their own."""
    app.add_url_rule("/seven", view_func=lambda: session.login(7) or "in")  # type: ignore[attr-defined]
    number, text = Visitor(app), Visitor(app)
    number.get("/seven")
    text.get("/login?user=7")
    app.extensions["sessions"].end_all(7)

    assert number.user is None
    assert text.user == "7"


def test_a_session_belongs_to_the_prefix_it_was_made_under(ada: Visitor, make_app: MakeApp) -> None:
    """Another application on the same server, with the same secret, is not signed in to."""
    other = Visitor(make_app(SESSION_KEY_PREFIX="other:", SECRET_KEY=SECRET))
    other.carry(ada.token)

    assert other.user is None
    assert ada.user == "ada"
