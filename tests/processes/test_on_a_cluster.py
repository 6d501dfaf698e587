"""The whole instance over a cluster of shards: what lands, what is heard, and a shard that dies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.streams import PASSING, Announcer, Landing, LandingFull, connect
from app.streams.announcer import channel_keys
from lab.shards import Cluster
from tests.access import narrowed, refused
from tests.processes.conftest import Instance, until
from tests.processes.streams import HTTP, Stream, cookie, hung_up  # noqa: F401 (a fixture)

START = datetime.now(UTC) - timedelta(hours=1)
AT_ONCE = timedelta(milliseconds=1)


@pytest.fixture(scope="module")
def instance(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    # As a property of Elastic Beanstalk would say it, where `?` is not allowed.
    shards = narrowed(cluster)
    url = shards.partition("?")[0].replace("valkey://", "valkey+cluster://")
    instance = Instance(tmp_path_factory.mktemp("instance"), cache_url=shards)
    instance.cache_url = url
    instance.start("web", "live", "drain")
    yield instance
    instance.close()
    assert [denied for node in cluster.nodes for denied in refused(node)] == []


def send(instance: Instance, number: int) -> int:
    """Post a reading of its own moment; the status that was answered."""
    at = (START + timedelta(seconds=number)).isoformat()
    reading = {"sensor": "press-s1-temperature", "at": at, "value": float(number)}
    answer = HTTP.request(
        "POST",
        instance.url("web", "/api/v1/readings"),
        json={"readings": [reading]},
        headers={"Authorization": f"Bearer {instance.plant.token}"},
        retries=False,
    )
    return int(answer.status)


def board(instance: Instance, who: str) -> int:
    """The status of the board's page."""
    url = instance.url("web", "/")
    return int(HTTP.request("GET", url, headers={"Cookie": who}, redirect=False).status)


def stored(instance: Instance) -> int:
    with instance.parts.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM reading").scalar() or 0)


def test_what_lands_is_stored_and_heard(instance: Instance) -> None:
    stream = Stream(instance, "/live/board?plant=north", cookie(instance))
    snapshot = stream.next()
    status = send(instance, 0)
    changes = stream.next("changes")
    until(lambda: stored(instance) == 1)

    assert snapshot["event"] == "snapshot"
    assert status == 202
    assert [tile["line"] for tile in changes["data"]["tiles"]] == ["press"]


def test_a_page_that_returns_hears_what_it_missed(instance: Instance) -> None:
    who = cookie(instance)
    stream = Stream(instance, "/live/board?plant=north", who)
    last = stream.next("snapshot")["id"]
    stream.close()
    instance.parts.announcer.announce("board:north", "tile", "press", {"line": "press"})
    returned = Stream(instance, "/live/board?plant=north", who, **{"Last-Event-ID": last})

    assert returned.next()["event"] == "changes"


def test_channels_of_several_shards_are_told_together(cluster: Cluster) -> None:
    redis = connect(cluster.url)
    channels = [f"line:{number}" for number in range(12)]
    Announcer(redis).announce_all([(channel, "tile", "press", {}) for channel in channels])

    assert {redis.xlen(channel_keys(channel)[1]) for channel in channels} == {1}
    assert len({cluster.serving(channel_keys(channel)[0]).port for channel in channels}) > 1
    redis.close()


def test_a_batch_is_taken_taken_over_and_let_go(cluster: Cluster) -> None:
    redis = connect(cluster.url)
    landing = Landing(redis, streams=3, bound_bytes=1000, prefix="sharded")
    for number in range(30):
        landing.add(b"0123456789", source=f"gateway-{number}", kind="readings")
    for stream in landing.streams:
        landing.open(stream)
        landing.take(stream, "dead", most=100, wait=AT_ONCE)
    taken_over = {
        stream: landing.reclaim(stream, "other", most=100, idle=timedelta(0))
        for stream in landing.streams
    }
    for stream, entries in taken_over.items():
        landing.done(stream, entries)

    assert sum(map(len, taken_over.values())) == 30
    assert landing.waiting() == 0
    assert {redis.get(f"{stream}:bytes") for stream in landing.streams} == {b"0"}
    redis.close()


def test_a_full_stream_refuses_on_a_cluster_too(cluster: Cluster) -> None:
    redis = connect(cluster.url)
    landing = Landing(redis, streams=1, bound_bytes=10, prefix="narrow")
    landing.add(b"0123456789", source="one", kind="readings")

    with pytest.raises(LandingFull):
        landing.add(b"0", source="one", kind="readings")
    redis.close()


def test_a_cluster_that_is_away_stops_no_start() -> None:
    redis = connect("valkey://127.0.0.1:1/0?cluster=true")
    landing = Landing(redis, streams=1, bound_bytes=10)

    with pytest.raises(PASSING):
        landing.add(b"0", source="one", kind="readings")


def test_a_shard_that_dies_holds_up_its_part_for_seconds(
    cluster: Cluster, instance: Instance
) -> None:
    """Last here: one node of six stays dead."""
    who, before = cookie(instance), stored(instance)
    assert send(instance, 100) == 202
    until(lambda: stored(instance) == before + 1)
    cluster.serving(instance.parts.landing.streams[0]).kill()
    sent = iter(range(101, 10_000))
    until(lambda: send(instance, next(sent)) == 202, seconds=30)
    until(lambda: stored(instance) == before + 2, seconds=30)
    # Each process learns by a fault of its own who has taken over.
    until(lambda: board(instance, who) == 200)
    stream = Stream(instance, "/live/board?plant=north", who)

    assert stream.next("snapshot")
    until(lambda: send(instance, next(sent)) == 202, seconds=30)
    assert stream.next("changes")
