"""Pools that grow, shrink and lose nodes under readers and writers: no answer is too old."""

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.cache.memcached import pool as nodes
from app.cache.memcached.ring import Ring
from app.config import Config
from tests.cache.floor import ROWS, count_up, item
from tests.cache.memcached.load import Chaos
from tests.cache.memcached.pool import (
    POLL_SECONDS,
    ROW,
    Endpoint,
    MemcachedFloor,
    Pool,
    pay_all,
)


@pytest.fixture
def endpoint(pool: Pool) -> Iterator[Endpoint]:
    """It tells of the first two nodes."""
    endpoint = Endpoint(pool.nodes[:2])
    yield endpoint
    endpoint.stop()


def test_a_pool_that_grows_and_shrinks_is_served_again_after_its_grace(
    config: Config, pool: Pool, endpoint: Endpoint
) -> None:
    floor = MemcachedFloor(config.database_url, endpoint.url)
    floor.lay_out()
    outcomes = []
    for told in (pool.nodes[:2], pool.nodes, pool.nodes[1:], pool.nodes[:2]):
        endpoint.tell(told)
        time.sleep(0.6)  # it is asked, and then there is a grace of two polls
        written = floor.write(1)
        during = (floor.outcome(), floor.read(1) == written)
        time.sleep(1.2)
        floor.read(1)
        outcomes.append((*during, floor.outcome(), floor.read(1) == written))
    floor.close()

    assert outcomes == [("bypass", True, "hit", True)] * 4


def test_who_knows_the_new_ring_writes_to_the_old_one_too(
    config: Config, pool: Pool, endpoint: Endpoint
) -> None:
    behind = Endpoint(pool.nodes[:2])
    knows = MemcachedFloor(config.database_url, endpoint.polled(2))
    lags = MemcachedFloor(config.database_url, behind.polled(2))
    knows.lay_out()
    for floor in (knows, lags):
        floor.read(1)
    time.sleep(4.5)
    for id_ in range(ROWS):
        lags.read(id_)
    endpoint.tell(pool.nodes)
    time.sleep(1.5)
    hits = [lags.outcome(id_) for id_ in range(ROWS)]
    for id_ in range(ROWS):
        knows.write(id_)
    values = [lags.read(id_) for id_ in range(ROWS)]
    rings = len(knows.store._members.known())  # noqa: SLF001 (it is in its grace)
    for floor in (lags, knows):
        floor.hang_up()
    behind.stop()

    assert (hits, values, rings) == (["hit"] * ROWS, [1] * ROWS, 2)


def test_a_writer_that_was_held_up_while_closing_closes_on_the_new_ring_too(
    config: Config, pool: Pool, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = MemcachedFloor(config.database_url, endpoint.url)
    store, change = floor.store, nodes.Pool.change
    store.close("900", [ROW], now=time.time())
    rings = []

    def held_up(self: nodes.Pool, ring: Ring, *arguments: Any) -> Exception | None:  # noqa: ANN401
        rings.append(ring.version)
        fault = change(self, ring, *arguments)
        if len(rings) == 1:
            endpoint.tell(pool.nodes)
            time.sleep(2 * POLL_SECONDS)
        return fault

    monkeypatch.setattr(nodes.Pool, "change", held_up)
    store.close("901", [ROW], now=time.time())
    floor.hang_up()

    assert rings == [1, 2, 1]


def test_two_rings_at_once_are_why_no_client_drops_a_node_by_itself(
    floor: MemcachedFloor, config: Config, pool: Pool
) -> None:
    fewer = "memcached://" + ",".join(node.address for node in pool.nodes[:2])
    alone = MemcachedFloor(config.database_url, fewer)
    for id_ in range(ROWS):
        alone.read(id_)
    for id_ in range(ROWS):
        floor.write(id_)
    stale = [alone.read(id_) for id_ in range(ROWS)]
    alone.hang_up()

    assert 0 in stale


@pytest.mark.timeout(180)
def test_growing_and_shrinking_under_load_serves_nothing_stale(
    config: Config, pool: Pool, endpoint: Endpoint
) -> None:
    MemcachedFloor(config.database_url, pool.url()).lay_out()
    pools = [pool.nodes, pool.nodes[1:], pool.nodes[:2], pool.nodes[2:]]
    changed_at = [time.monotonic()]

    def change() -> None:
        if time.monotonic() - changed_at[0] > 3:
            changed_at[0] = time.monotonic()
            endpoint.tell(pools[endpoint.version % len(pools)])

    chaos = Chaos(MemcachedFloor, config.database_url, endpoint.url)
    verdict = chaos.run(reads=100_000, seconds=20, fault=change)

    assert verdict.stale == 0
    assert verdict.hits > 100
    assert verdict.writes > 50
    assert endpoint.version > 3


@pytest.mark.timeout(180)
def test_writers_killed_and_nodes_emptied_under_load_leave_nothing_stale(
    config: Config, pool: Pool
) -> None:
    floor = MemcachedFloor(config.database_url, pool.url())
    floor.lay_out()
    chaos = Chaos(MemcachedFloor, config.database_url, pool.url())
    turn = [0]

    def fault() -> None:
        turn[0] += 1
        if turn[0] % 9 == 0:
            floor.store.flush()
        elif turn[0] % 13 == 0:
            chaos.kill_a_writer()

    verdict = chaos.run(reads=100_000, seconds=15, fault=fault)
    floor.close()

    assert verdict.stale == 0
    assert verdict.hits > 100
    assert verdict.writes > 50


def test_a_writer_whom_one_node_fails_still_tells_the_others(
    floor: MemcachedFloor, pool: Pool
) -> None:
    ids = range(ROWS, ROWS + 64)
    with floor.plain.begin() as connection:
        rows = [{"id": id_, "shelf": 0, "n": 0, "name": ""} for id_ in ids]
        connection.execute(item.insert(), rows)
    for id_ in ids:
        floor.read(id_)
    ring = floor.store._members.view().rings[0]  # noqa: SLF001
    asked_by_all = ring.place(nodes.TAG, "cached_item:*").node
    gone = next(node for node in pool.nodes if node.address != asked_by_all)
    gone.kill()
    answered = [id_ for id_ in ids if floor.outcome(id_) == "hit"]
    lost = next(
        id_ for id_ in ids if ring.place(nodes.TAG, f"cached_item:{id_}").node == gone.address
    )
    written = []
    for id_ in answered:  # more than a breaker over all nodes would let pass
        with floor.sessions.begin() as session:
            count_up(session, lost)
            written.append(count_up(session, id_))

    assert len(answered) > 3
    assert [floor.read(id_) for id_ in answered] == written


def test_nodes_killed_and_frozen_fail_no_read_and_no_write(
    floor: MemcachedFloor, pool: Pool
) -> None:
    def all_is_well() -> bool:
        written = [floor.write(id_) for id_ in range(ROWS)]
        return [floor.read(id_) for id_ in range(ROWS)] == written

    well = [all_is_well()]
    pool.nodes[0].kill()
    well.append(all_is_well())
    pool.nodes[1].signal(signal.SIGSTOP)
    well.append(all_is_well())
    pool.nodes[1].signal(signal.SIGCONT)
    pool.nodes[0].start()
    pay_all(floor)
    values = [floor.read(id_) for id_ in range(ROWS)]
    well.append(all_is_well())
    outcomes = [(floor.read(id_), floor.outcome(id_))[1] for id_ in range(ROWS)]

    assert well == [True] * 4
    assert values == [floor.truth(id_) - 1 for id_ in range(ROWS)] == [3] * ROWS
    assert outcomes == ["hit"] * ROWS
