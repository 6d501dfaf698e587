"""On a cluster: a user's keys in one slot, and sessions that outlast a slot's move."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from redis.crc import key_slot

from app.sessions import SessionStore
from lab.shards import Cluster, Shard
from tests.sessions.conftest import MakeApp
from tests.sessions.served import until
from tests.sessions.visitor import Visitor


@pytest.fixture
def app(cluster: Cluster, make_app: MakeApp) -> Flask:
    for node in cluster.nodes:
        if node.replication("role") == "master":
            node.ask("FLUSHALL")
    return make_app(cluster.url)


def signed_in(app: Flask, user: str = "ada") -> Visitor:
    browser = Visitor(app)
    browser.get(f"/login?user={user}")
    return browser


def keys(cluster: Cluster) -> dict[Shard, set[str]]:
    """What each primary holds."""
    return {
        node: {key.decode() for key in node.ask("KEYS", "*")}
        for node in cluster.nodes
        if node.replication("role") == "master"
    }


def slot_of(store: SessionStore, browser: Visitor) -> int:
    return key_slot(store.layout.session(browser.name).encode())


def move(cluster: Cluster, slot: int, key: str) -> Shard:
    """Begin to move the slot to another primary."""
    before = cluster.serving(key)
    target = next(node for node in cluster.nodes[:3] if node is not before)
    name = target.ask("CLUSTER", "MYID").decode()
    before.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", f"{slot}", f"{slot}", "NODE", name)
    return target


def test_all_keys_of_a_user_are_in_one_slot(cluster: Cluster, app: Flask) -> None:
    for _ in range(3):
        browser = signed_in(app)
        browser.get("/write?key=note&value=x")
        browser.get("/rotate")
    app.extensions["sessions"].end_all("ada", keep=browser.name)
    held = {key for node in keys(cluster).values() for key in node}

    assert len(held) >= 6  # sessions, tombstones, index, epoch
    assert len({key_slot(key.encode()) for key in held}) == 1


def test_sixty_users_on_three_primaries_are_all_signed_in(cluster: Cluster, app: Flask) -> None:
    browsers = {f"user-{number}": signed_in(app, f"user-{number}") for number in range(60)}
    for user, browser in browsers.items():
        browser.get(f"/write?key=note&value={user}")
    spread = [len(held) for held in keys(cluster).values()]

    assert {user: browser.user for user, browser in browsers.items()} == {
        user: user for user in browsers
    }
    assert all(browser.content == {"note": user} for user, browser in browsers.items())
    assert len(spread) == 3
    assert min(spread) >= 10  # of 120 keys


def test_everything_a_session_does_it_does_on_a_cluster(app: Flask, store: SessionStore) -> None:
    browser, other = signed_in(app), signed_in(app)
    stranger = Visitor(app)
    stranger.get("/append?key=list&item=x")
    stranger.get("/login?user=ada")
    for path in ("/append?key=list&item=x", "/incr?key=clicks", "/rotate", "/logout"):
        assert other.get(path).status_code == 200
    listed = {view.name for view in store.of("ada")}

    assert listed == {browser.name, stranger.name}
    assert stranger.content == {}
    assert other.user is None
    assert store.end_all("ada", keep=browser.name)
    assert (browser.user, stranger.user) == ("ada", None)


def test_a_replica_confirms_an_end(app: Flask, store: SessionStore) -> None:
    browser = signed_in(app)

    assert store.end([browser.name])
    assert browser.user is None


def test_a_slot_that_moves_in_use_loses_nothing(
    cluster: Cluster, app: Flask, store: SessionStore
) -> None:
    browser = signed_in(app)
    key, slot = store.layout.session(browser.name), slot_of(store, browser)
    written, users = [], set()
    for number in range(150):
        if number == 30:
            target = move(cluster, slot, key)
        if browser.get(f"/append?key=list&item={number}").status_code == 200:
            written.append(f"{number}")
        users.add(browser.user)
    until(lambda: cluster.serving(key) is target)
    browser.get("/append?key=list&item=last")

    assert users == {"ada"}
    assert len(written) >= 140
    assert browser.json("/read?key=list") == [*written, "last"]
    assert [view.name for view in store.of("ada")] == [browser.name]


def test_an_end_while_the_slot_moves_holds(
    cluster: Cluster, app: Flask, store: SessionStore
) -> None:
    browsers = [signed_in(app) for _ in range(8)]
    key, slot = store.layout.session(browsers[0].name), slot_of(store, browsers[0])
    names = [browser.name for browser in browsers]
    target = move(cluster, slot, key)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: store.end([name]), names[:4]))
        until(lambda: cluster.serving(key) is target)
    users = [browser.user for browser in browsers]
    store.end_all("ada")

    assert users == [None] * 4 + ["ada"] * 4
    assert [browser.user for browser in browsers] == [None] * 8
    assert signed_in(app).user == "ada"


def test_a_primary_that_dies_signs_nobody_out(
    cluster: Cluster, app: Flask, store: SessionStore
) -> None:
    """The last of these tests: the cluster is another one afterwards."""
    browsers = [signed_in(app, f"user-{number}") for number in range(12)]
    gone = signed_in(app, "gone")
    confirmed = store.end([gone.name])
    primary = cluster.serving(store.layout.session(browsers[0].name))
    replica = cluster.replica_of(primary)
    until(lambda: replica.replication("master_link_status") == "up")
    primary.kill()
    cluster.wait_until(lambda: replica.replication("role") == "master")
    until(lambda: all(browser.get("/who").status_code == 200 for browser in browsers))

    assert confirmed
    assert [browser.user for browser in browsers] == [f"user-{n}" for n in range(12)]
    assert gone.user is None
