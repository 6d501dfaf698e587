"""The same on a cluster: each of its nodes is signed in to, and stays so."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from limits import RateLimitItemPerMinute
from redis.cluster import RedisCluster

from app import sessions
from app.cache import open_store
from app.iam import CacheTokens, asyncio_options, cluster_options
from app.streams import connect, connect_async
from app.web import attempts
from lab.shards import Cluster
from tests.iam.conftest import HALF_A_DAY, USER, Amazon, Clock, Door

KEYS = ["one", "two", "three", "four", "five", "six"]


@pytest.fixture
def url(doors: list[Door], cluster: Cluster, amazon: Amazon) -> str:
    """Nobody is in."""
    for door in doors:
        with door.server.client() as admin:
            admin.execute_command("ACL", "DELUSER", USER)
            admin.config_resetstat()
    amazon.keep(*cluster.nodes)
    return f"{doors[0].url}?cluster=true"


def connections(doors: list[Door]) -> list[set[str]]:
    return [door.ids() for door in doors]


def streams(url: str, options: dict[str, Any]) -> Any:  # noqa: ANN401 (redis-py's)
    return connect(url, options)


def sessions_own(url: str, options: dict[str, Any]) -> Any:  # noqa: ANN401 (redis-py's)
    return sessions.connect(url, options)


def query_cache(url: str, options: dict[str, Any]) -> Any:  # noqa: ANN401 (redis-py's)
    return open_store(url, options=options).client  # type: ignore[attr-defined] # a ClusterStore's


@pytest.mark.parametrize("make", [streams, sessions_own, query_cache])
def test_every_node_is_signed_in_to_again_on_the_same_connection(
    url: str, doors: list[Door], tokens: CacheTokens, clock: Clock, make: Callable[..., Any]
) -> None:
    with closing(make(url, cluster_options(tokens))) as client:
        for key in KEYS:
            client.set(key, key)
        before = connections(doors)
        signed_in = sum(door.auths() for door in doors)
        clock.now = HALF_A_DAY
        for key in KEYS:
            assert client.get(key) == key.encode()

        assert connections(doors) == before
    assert all(before)
    assert sum(door.auths() for door in doors) == signed_in + len(doors)


def test_a_client_of_asyncio_does_so_too(
    url: str, doors: list[Door], tokens: CacheTokens, clock: Clock
) -> None:
    async def use() -> tuple[int, int]:
        client = connect_async(url, asyncio_options(tokens))
        for key in KEYS:
            await client.set(key, key)
        before, signed_in = connections(doors), sum(door.auths() for door in doors)
        clock.now = HALF_A_DAY
        for key in KEYS:
            assert await client.get(key) == key.encode()
        assert connections(doors) == before
        await client.aclose()
        return signed_in, sum(door.auths() for door in doors)

    before, after = asyncio.run(use())
    assert after == before + len(doors)


def test_attempts_are_counted_on_it(url: str, tokens: CacheTokens) -> None:
    storage = attempts._storage(url, cluster_options(tokens))  # noqa: SLF001 (what the page counts with)
    limit = RateLimitItemPerMinute(2)

    with closing(storage.storage):
        assert storage.acquire_entry("somebody", limit.amount, limit.get_expiry())
    assert isinstance(storage.storage, RedisCluster)
