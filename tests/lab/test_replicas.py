"""A door that is cut or falls silent, a group that fails over behind it, and a wipe that counts."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Unheard
from redis.retry import Retry

from app.domain.telemetry.batches import OutputLanded, ReadingLanded
from lab.chaos.history import value_of
from lab.chaos.wiping import wipe
from lab.door import Door
from lab.engines import Valkey
from lab.replicas import Replicas
from tests.processes.conftest import until

ONCE = Retry(NoBackoff(), 0)
STREAMS = ("landing:{0}", "landing:{1}")


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    group = Replicas(tmp_path_factory.mktemp("replicas")).start()
    yield group
    group.stop()


def through(door: Door, server: Valkey) -> Redis:
    return Redis(port=door.port, password=server.password, socket_timeout=0.3, retry=ONCE)


def test_a_silent_door_hangs_up_on_nobody_and_passes_on_what_waited(group: Replicas) -> None:
    door = group.door()
    client = through(door, group.primary)
    assert client.ping()
    door.silence()
    with pytest.raises(Unheard):
        client.set("while", "silent")
    door.speak()

    until(lambda: group.primary.client().get("while") == b"silent")
    assert client.ping()
    client.close()


def test_a_cut_door_refuses_and_leads_there_again(group: Replicas) -> None:
    door = group.door()
    behind, client = door.behind, through(door, group.primary)
    assert client.ping()
    door.cut()
    with pytest.raises(Unreachable):
        client.ping()
    door.move(behind)

    assert client.ping()
    client.close()


def test_an_address_follows_a_failover_and_the_dead_comes_back_as_a_replica(
    group: Replicas,
) -> None:
    door, dead = group.door(), group.primary
    client = through(door, dead)
    client.set("before", "kept")
    client.wait(2, 1000)
    dead.kill()
    group.fail_over()
    after = client.get("before")
    group.replace_the_dead()
    client.set("later", "heard")

    assert after == b"kept"
    assert group.primary is not dead
    assert sorted(role.split()[1] for role in group.roles()) == ["primary", "replica", "replica"]
    until(lambda: dead.client().get("later") == b"heard")
    client.close()


def test_a_wipe_says_which_items_were_in_the_cache_alone(valkey: Valkey) -> None:
    now = datetime.now(UTC)
    reading = ReadingLanded(1, now, value_of("readings", 7))
    piece = OutputLanded(uuid.UUID(int=9), 1, None, now, 2, 0)
    with valkey.client() as client:
        for kind, item in (("readings", reading), ("output", piece)):
            batch = msgspec.msgpack.encode([item])
            client.xadd(STREAMS[0], {"source": "g", "kind": kind, "batch": batch})
        lost = wipe(valkey, STREAMS)

        assert lost == {"readings": [7], "output": [9]}
        assert client.dbsize() == 0
