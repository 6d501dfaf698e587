"""Nodes that die, freeze, lose all or refuse: misses, and nothing worse."""

import signal
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cache.memcached import MemcachedStore
from app.cache.memcached.node import Node
from app.cache.memcached.pool import TAG
from app.cache.memcached.ring import Ring
from app.cache.memcached.store import ANSWER
from app.cache.store import PASSING
from lab.memcached import Memcached
from tests.cache.floor import BY_ID, ROWS, debts
from tests.cache.memcached.pool import MemcachedFloor, Pool, pay_all

MINUTE = timedelta(minutes=1)
NODES = st.sets(st.integers(1, 60_000), min_size=2, max_size=6)


def nodes_of(pool: Pool, id_: int) -> list[Memcached]:
    """The nodes that keep what a row's answer depends on, and the one that keeps the answer."""
    ring = Ring(0, [node.address for node in pool.nodes])
    digest, tags = BY_ID.asked((("id", id_),))
    places = [*(ring.place(TAG, tag) for tag in tags), ring.place(ANSWER, digest)]
    return [node for place in places for node in pool.nodes if node.address == place.node]


def read_all(floor: MemcachedFloor) -> list[int]:
    return [floor.read(id_) for id_ in range(ROWS)]


def test_a_killed_node_costs_misses_and_no_answer(floor: MemcachedFloor, pool: Pool) -> None:
    read_all(floor)
    victim = nodes_of(pool, 0)[0]
    lost = {id_ for id_ in range(ROWS) if victim in nodes_of(pool, id_)}
    victim.kill()
    values = read_all(floor)
    read_all(floor)
    hits = {id_ for id_ in range(ROWS) if floor.outcome(id_) == "hit"}

    assert values == [0] * ROWS
    assert hits == set(range(ROWS)) - lost


def test_what_a_dead_node_kept_is_owed_and_the_rest_closed(
    floor: MemcachedFloor, other: MemcachedFloor, pool: Pool
) -> None:
    read_all(floor)
    # Ports are chance, and so is the ring: not every node keeps a tag.
    nodes_of(pool, 0)[0].kill()
    written = [floor.write(id_) for id_ in range(ROWS)]

    assert read_all(other) == written == [1] * ROWS
    assert debts(floor)


def test_a_node_that_starts_again_is_filled_again_and_debts_are_paid(
    floor: MemcachedFloor, pool: Pool
) -> None:
    read_all(floor)
    pool.nodes[0].kill()
    for id_ in range(ROWS):
        floor.write(id_)
    pool.nodes[0].start()
    pay_all(floor)
    read_all(floor)
    read_all(floor)

    assert debts(floor) == []
    assert [floor.outcome(id_) for id_ in range(ROWS)] == ["hit"] * ROWS


def test_a_connection_that_ended_while_idle_is_dialled_again_unnoticed(
    floor: MemcachedFloor, pool: Pool
) -> None:
    read_all(floor)
    for node in pool.nodes:
        node.kill()
        node.start()
    for id_ in range(ROWS):
        floor.write(id_)

    assert debts(floor) == []
    assert floor.cache.counts["cache", "away"] == 0


def test_a_frozen_node_costs_time_outs_a_few_times_and_then_nothing(
    floor: MemcachedFloor, pool: Pool
) -> None:
    read_all(floor)
    pool.nodes[1].signal(signal.SIGSTOP)
    began = time.monotonic()
    values = [read_all(floor) for _ in range(10)]
    took = time.monotonic() - began
    pool.nodes[1].signal(signal.SIGCONT)

    assert values == [[0] * ROWS] * 10
    # 80 reads at a time-out each would be 20 s; a slow machine is forgiven much.
    assert took < 15


def test_with_all_nodes_away_the_database_answers(floor: MemcachedFloor, pool: Pool) -> None:
    read_all(floor)
    for node in pool.nodes:
        node.kill()
    floor.write(1)

    assert [floor.read(1) for _ in range(5)] == [1] * 5
    assert floor.outcome(1) == "bypass"


def test_a_proof_from_before_a_restart_proves_nothing(pool: Pool) -> None:
    """memcached counts its proofs from 1 again: an old one may fit what is new."""
    server, node = pool.nodes[0], Node(pool.nodes[0].address)
    node.add("key", b"old", seconds=60)
    held = node.hold(["key"])["key"]
    server.kill()
    server.start()
    node.hold(["key"])  # dials again
    node.add("key", b"new", seconds=60)
    again = node.hold(["key"])["key"]
    swapped = node.swap("key", held, b"from the old", seconds=60)
    node.hang_up()

    assert again.proof == held.proof
    assert not swapped


def test_an_answer_too_large_is_served_and_not_kept(floor: MemcachedFloor) -> None:
    floor.store.keep("large", b"x" * 1_100_000, ttl=MINUTE)
    floor.store.keep("small", b"x" * 1000, ttl=timedelta(microseconds=1))

    assert floor.store.look("large", ()).answer is None
    assert floor.store.look("small", ()).answer == b"x" * 1000


def test_a_long_or_odd_tag_has_a_key_like_any_other(floor: MemcachedFloor) -> None:
    tags = ("note:" + "x" * 300, "note:two words\r\nflush_all", "note:schön")
    sight = floor.store.mend(tags, floor.store.validate(tags), floor.cache.judge)

    assert floor.store.validate(tags).seal == sight.seal is not None


def test_an_answer_may_be_kept_for_more_than_thirty_days(floor: MemcachedFloor) -> None:
    floor.store.keep("long", b"x", ttl=timedelta(days=365))

    assert floor.store.look("long", ()).answer == b"x"


def test_an_answer_without_tags_is_kept(floor: MemcachedFloor) -> None:
    assert floor.store.look("d", ()).seal == b""


@pytest.mark.parametrize(
    "url",
    [
        "memcached://",
        "memcached://localhost",
        "memcached://a:1,b",
        "memcached://user:word@a:1",
        "memcached+discovery://a:1,b:2",
        "memcacheds+discovery://a:1,b:2",
        "memcacheds+elsewhere://a:1",
        "memcached+discovery://a:1?poll=soon",
        "memcached+discovery://a:1?poll=0",
        "redis://a:1",
    ],
)
def test_a_url_that_means_nothing_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(memcached|redis).*: "):
        MemcachedStore(url)


def test_a_node_that_is_no_memcached_is_away(pool: Pool) -> None:
    store = MemcachedStore("memcached://127.0.0.1:1")

    with pytest.raises(PASSING):
        store.look("d", ("a",))


@given(ports=NODES, names=st.sets(st.text(max_size=8), min_size=1, max_size=20))
def test_a_node_that_leaves_moves_its_own_keys_only(ports: set[int], names: set[str]) -> None:
    nodes = sorted(map(str, ports))
    before, after = Ring(1, nodes), Ring(1, nodes[1:])
    before.name = after.name = "same"  # as if the ring were no part of the key

    for name in names:
        node, key = before.place(TAG, name)
        if node != nodes[0]:
            assert after.place(TAG, name) == (node, key)


def test_nodes_share_the_keys_evenly() -> None:
    ring = Ring(1, ["a:1", "b:1", "c:1"])
    at = [ring.place(TAG, str(number)).node for number in range(3000)]

    assert all(800 < at.count(node) < 1200 for node in ring.nodes)


def test_the_same_nodes_in_another_order_are_the_same_ring() -> None:
    assert Ring(1, ["a:1", "b:1"]).place(TAG, "x") == Ring(1, ["b:1", "a:1"]).place(TAG, "x")
    assert (
        Ring(1, ["a:1", "b:1"]).place(TAG, "x").key != Ring(2, ["a:1", "b:1"]).place(TAG, "x").key
    )
