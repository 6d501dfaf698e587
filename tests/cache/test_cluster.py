"""What only a cluster can do: lose a shard to a replica that lags, and move slots in use."""

import signal
import threading
import time

import pytest
from redis.crc import key_slot

from app.cache import layout
from app.cache.store import PASSING
from lab.shards import Cluster, Shard
from tests.cache.floor import ROWS, Floor

EPOCH = layout.epoch("cached_item")


@pytest.fixture
def cache_url(cluster: Cluster) -> str:
    return cluster.url


def serving(cluster: Cluster) -> Shard:
    """The shard that has the tags of the table."""
    return cluster.serving(EPOCH)


def test_what_lies_on_other_shards_is_served_while_slots_move(
    cluster: Cluster, floor: Floor, other: Floor
) -> None:
    """The table's tags move to another shard while they are read and written."""
    stale: list[tuple[int, int]] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            for id_ in range(ROWS):
                least = floors[id_]
                if (seen := other.read(id_)) < least:
                    stale.append((least, seen))

    floors = [0] * ROWS
    reader = threading.Thread(target=read)
    reader.start()
    before = serving(cluster)
    target = next(node for node in cluster.nodes[:3] if node is not before)
    slot = str(key_slot(EPOCH.encode()))
    name = target.ask("CLUSTER", "MYID").decode()
    for number in range(60):
        if number == 20:
            before.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", name)
        floors[number % ROWS] = floor.write(number % ROWS)
    cluster.wait_until(lambda: serving(cluster) is target)
    for number in range(20):
        floors[number % ROWS] = floor.write(number % ROWS)
    over.set()
    reader.join()
    floor.warm()

    assert stale == []
    assert floor.outcome(0) == "hit"


def test_a_replica_that_lacks_the_last_write_is_not_believed(
    cluster: Cluster, floor: Floor, other: Floor
) -> None:
    for id_ in range(ROWS):
        floor.read(id_)
    primary = serving(cluster)
    replica = cluster.replica_of(primary)
    time.sleep(0.5)  # what was written so far gets there
    replica.signal(signal.SIGSTOP)
    primary.ask("CLIENT", "KILL", "TYPE", "replica")
    committed = [floor.write(id_) for id_ in range(ROWS)]
    primary.kill()
    replica.signal(signal.SIGCONT)
    during = [other.read(id_) for id_ in range(ROWS)]
    cluster.wait_until(lambda: replica.replication("role") == "master")
    after = [[it.read(id_) for id_ in range(ROWS)] for it in (floor, other) for _ in range(3)]
    floor.warm()

    assert during == committed
    assert after == [committed] * 6
    assert [floor.write(1), other.read(1)] == [committed[1] + 1] * 2
    primary.start()


def test_a_writer_whom_one_shard_fails_still_tells_the_others(
    cluster: Cluster, floor: Floor
) -> None:
    tables = (f"elsewhere_{n}" for n in range(100))
    gone = serving(cluster)
    lost = "cached_item:1"
    kept = next(t for t in tables if cluster.serving(layout.epoch(t)) is not gone)
    floor.store.close("1", [kept], now=time.time())
    gone.signal(signal.SIGSTOP)
    with pytest.raises(PASSING):
        floor.store.close("2", [lost, kept], now=time.time())
    gone.signal(signal.SIGCONT)

    assert set(floor.store.registered(kept)) == {"1", "2"}
