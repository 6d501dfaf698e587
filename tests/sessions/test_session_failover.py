"""The primary dies, and its replica takes over: what was confirmed holds, the rest was told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.sessions import Recovered, SessionStore, scripts
from tests.sessions.conftest import MakeApp
from tests.sessions.pair import Pair
from tests.sessions.served import until
from tests.sessions.visitor import Visitor


class Rows:
    """What an application keeps of sign-ins elsewhere; asked for those that the store has lost."""

    def __init__(self) -> None:
        self.signed_in: dict[str, Recovered] = {}
        self.asked: list[str] = []

    def __call__(self, name: str) -> Recovered | None:
        self.asked.append(name)
        return self.signed_in.get(name)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def app(pair: Pair, make_app: MakeApp, rows: Rows) -> Flask:
    return make_app(pair.url, recover=rows)


def signed_in(app: Flask, user: str = "ada") -> Visitor:
    browser = Visitor(app)
    browser.get(f"/login?user={user}")
    return browser


def fail_over(pair: Pair, app: Flask) -> None:
    """The application finds the new primary by itself."""
    pair.fail_over()
    stranger = Visitor(app)
    until(lambda: stranger.get("/write?key=note&value=x").status_code == 200)


def test_what_a_replica_confirmed_outlives_the_primary(
    pair: Pair, app: Flask, store: SessionStore
) -> None:
    ada, bob, carol = signed_in(app), signed_in(app, "bob"), signed_in(app, "carol")
    ada.get("/write?key=note&value=mine")
    confirmed = [store.end([bob.name]), store.end_all("carol")]
    fail_over(pair, app)

    assert confirmed == [True, True]
    assert (ada.user, ada.content) == ("ada", {"note": "mine"})
    assert (bob.user, carol.user) == (None, None)


def test_a_connection_that_dies_before_the_replica_confirms_confirms_nothing(
    pair: Pair, app: Flask, store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(app, "bob")
    run = scripts.run

    def and_lose_the_connection(client: Any, *words: Any) -> Any:  # noqa: ANN401 (redis-py's)
        pair.freeze_replica()
        reply = run(client, *words)
        with pair.primary.client() as other:
            other.client_kill_filter(_type="normal", skipme=True)
        return reply

    monkeypatch.setattr(scripts, "run", and_lose_the_connection)

    assert not store.end([browser.name])


@pytest.mark.parametrize("how", ["frozen", "cut"])
def test_an_end_that_no_replica_confirmed_is_told(
    pair: Pair, app: Flask, store: SessionStore, how: str
) -> None:
    ada, bob = signed_in(app), signed_in(app, "bob")
    before = store.end([signed_in(app, "carol").name])
    names = ada.name, bob.name
    away(pair, how)
    confirmed = [store.end([names[0]]), store.end_all("bob")]

    assert before
    assert confirmed == [False, False]
    assert (ada.user, bob.user) == (None, None)


@pytest.mark.parametrize("how", ["frozen", "cut"])
def test_how_many_replicas_there_are_may_be_told(pair: Pair, make_app: MakeApp, how: str) -> None:
    """An instance that starts while the replica is away learns nothing of it."""
    away(pair, how)
    told = make_app(pair.url, SESSION_REPLICAS=1)
    alone = make_app(pair.url, SESSION_REPLICAS=0)
    ended = [app.extensions["sessions"].end([signed_in(app, "bob").name]) for app in (told, alone)]

    assert ended == [False, True]


def away(pair: Pair, how: str) -> None:
    if how == "frozen":
        pair.freeze_replica()
    else:
        pair.cut_link()


def test_a_login_and_a_logout_work_while_the_replica_is_away(
    pair: Pair, app: Flask, store: SessionStore
) -> None:
    signed_in(app, "bob")
    pair.freeze_replica()
    ada = signed_in(app)
    during = ada.user
    ended = ada.get("/logout").status_code

    assert (during, ended) == ("ada", 200)
    assert store.of("ada") == []


def test_without_replicas_nothing_is_waited_for(make_app: MakeApp) -> None:
    alone = make_app()

    assert alone.extensions["sessions"].end([signed_in(alone).name])


def test_a_login_that_the_failover_lost_is_recovered(pair: Pair, app: Flask, rows: Rows) -> None:
    signed_in(app, "bob")
    pair.cut_link()
    ada, mallory = signed_in(app), signed_in(app, "mallory")
    ada.get("/write?key=note&value=mine")
    until_ = datetime.now(UTC) + timedelta(hours=1)
    rows.signed_in[ada.name] = Recovered("ada", until_, {"note": "kept"})
    token, name, gone = ada.token, ada.name, mallory.name
    fail_over(pair, app)
    asked_before = list(rows.asked)

    assert (ada.user, ada.content) == ("ada", {"note": "kept"})
    assert (ada.token, ada.name) == (token, name)
    assert mallory.user is None
    (view,) = app.extensions["sessions"].of("ada")
    assert view.name == name
    assert abs(view.until - until_) < timedelta(seconds=1)
    assert asked_before == []
    assert [who for who in rows.asked if who == name] == [name]
    assert set(rows.asked) == {name, gone}
    ada.get("/write?key=note&value=again")
    assert ada.content == {"note": "again"}


def test_a_write_recovers_it_too(pair: Pair, app: Flask, rows: Rows) -> None:
    """Nothing was read: that it is lost is learnt as it is written."""
    signed_in(app, "bob")
    pair.cut_link()
    ada = signed_in(app)
    rows.signed_in[ada.name] = Recovered("ada", datetime.now(UTC) + timedelta(hours=1))
    token = ada.token
    fail_over(pair, app)
    ada.get("/write?key=note&value=mine")

    assert (ada.user, ada.content, ada.token) == ("ada", {"note": "mine"}, token)


def test_an_end_that_the_failover_lost_is_repeated_and_holds(
    pair: Pair, app: Flask, store: SessionStore, rows: Rows
) -> None:
    """The application was told, forgot the sign-in, and says it once more."""
    store.end([signed_in(app, "bob").name])
    ada, carol = signed_in(app), signed_in(app, "carol")
    pair.wait_in_step()
    names = ada.name, carol.name
    pair.cut_link()
    confirmed = [store.end([names[0]]), store.end_all("carol")]
    fail_over(pair, app)
    returned = ada.user, carol.user
    store.end([names[0]])
    store.end_all("carol")

    assert confirmed == [False, False]
    assert returned == ("ada", "carol")  # this is what False means
    assert (ada.user, carol.user) == (None, None)
    assert rows.asked == []  # a tombstone is no loss


def test_who_was_ended_is_not_recovered(pair: Pair, app: Flask, rows: Rows) -> None:
    """Even where the sign-in's row is still there: the tombstone speaks first."""
    ada = signed_in(app)
    rows.signed_in[ada.name] = Recovered("ada", datetime.now(UTC) + timedelta(hours=1))
    app.extensions["sessions"].end([ada.name])

    assert ada.user is None
    assert rows.asked == []


def test_nobody_but_who_was_signed_in_is_asked_for(make_app: MakeApp, rows: Rows) -> None:
    """A stranger with a cookie of their own making causes no look-up elsewhere."""
    app = make_app(recover=rows)
    other = make_app(SECRET_KEY="another secret").extensions["sessions"].keys.mint("ada").text
    anonymous = app.extensions["sessions"].keys.mint().text
    for cookie in ("nonsense", other, anonymous):
        browser = Visitor(app)
        browser.carry(cookie)

        assert browser.user is None
    assert rows.asked == []
    browser.carry(app.extensions["sessions"].keys.mint("ada").text)
    assert browser.user is None
    assert len(rows.asked) == 1


def test_a_sign_in_that_is_past_its_end_is_not_recovered(make_app: MakeApp, rows: Rows) -> None:
    app = make_app(recover=rows)
    browser = Visitor(app)
    token = app.extensions["sessions"].keys.mint("ada")
    rows.signed_in[token.name] = Recovered("ada", datetime.now(UTC) - timedelta(seconds=5))
    browser.carry(token.text)

    assert browser.user is None
    rows.signed_in[token.name] = Recovered("ada", datetime.now(UTC) + timedelta(hours=5))
    assert browser.user == "ada"
