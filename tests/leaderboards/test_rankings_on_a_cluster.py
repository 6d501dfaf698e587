"""The same on a cluster of shards, and through a failover."""

import signal
from collections.abc import Iterator

import pytest
from redis.cluster import RedisCluster
from redis.crc import key_slot

from app.leaderboards import Leaderboards, Ranking
from app.sessions import connect
from lab.shards import Cluster
from tests.leaderboards.contract import Contract
from tests.leaderboards.ranking import RANKING, apply, build, page, places
from tests.processes.conftest import until


@pytest.fixture(scope="module")
def joined(cluster: Cluster) -> Iterator[RedisCluster]:
    client = connect(cluster.url)
    assert isinstance(client, RedisCluster)
    yield client
    client.close()


@pytest.fixture
def client(joined: RedisCluster) -> RedisCluster:
    joined.flushall(target_nodes="primaries")
    return joined


@pytest.fixture
def boards(client: RedisCluster) -> Leaderboards:
    return Leaderboards(client)


class TestCluster(Contract):
    """The contract on a cluster client."""

    def test_all_keys_of_a_board_are_in_one_slot(self) -> None:
        windows = [Ranking("north:lines", window) for window in ("all", "day:2026-03-02")]
        keys = [
            key
            for ranking in windows
            for key in (ranking.members, ranking.mark, ranking.builder, ranking.draft("x"))
        ]

        assert len({key_slot(key.encode()) for key in keys}) == 1


def test_a_replica_that_lagged_and_takes_over_is_brought_up_to_date(
    cluster: Cluster, boards: Leaderboards
) -> None:
    """The last of these tests: the cluster is another one afterwards."""
    build(boards, {"a": 1, "b": 2})
    primary = cluster.serving(RANKING.members)
    replica = cluster.replica_of(primary)
    until(lambda: RANKING.mark.encode() in replica.ask("KEYS", "*"))
    replica.signal(signal.SIGSTOP)
    primary.ask("CLIENT", "KILL", "TYPE", "replica")
    apply(boards, {"a": 5})
    primary.kill()
    replica.signal(signal.SIGCONT)
    cluster.wait_until(lambda: replica.replication("role") == "master")
    # A client of its own: redis-py forgets a node that died without hanging up.
    with connect(f"valkey://:{replica.password}@127.0.0.1:{replica.port}?cluster=true") as survivor:
        boards = Leaderboards(survivor)
        late = apply(boards, {"b": 9}, since=2, version=3)
        reached = apply(boards, {"a": 5, "b": 9}, since=late or 0, version=3)

        assert (late, reached) == (1, 3)
        assert page(boards) == places({"a": 5, "b": 9})
