"""Clients for Valkey or Redis, one server or a cluster, that give up in time."""

import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis import asyncio as aio
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as Unreachable,
)
from redis.exceptions import (
    TimeoutError as TimedOut,
)
from redis.retry import Retry

# redis-py's clients of a server and of a cluster share no type.
Client = Any
AsyncClient = Any

# What a caller may hope to pass: away, restarting, full, or demoted by a failover.
PASSING = (
    *(Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError),
    # A cluster that is not whole, or whose slots move.
    *(ClusterError, RedisClusterException, AskError, TryAgainError),
)

# redis-py's own defaults try ten times and wait five seconds each: a frozen server then holds
# a request for 59 s. One fresh try covers a connection that died while idle.
SOCKET_TIMEOUT_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 0.5


def connect(url: str, options: Mapping[str, Any] | None = None) -> Client:
    """A client for what is at `url`; it dials on first use, so an outage never stops a start.

    `options` are redis-py's own, for its `Redis` or its `RedisCluster`.
    """
    every: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 1),
        "protocol": 2,
        **(options or {}),
    }
    if is_cluster(url):
        return _OnFirstUse(lambda: RedisCluster.from_url(_server_url(url), **every))
    return Redis.from_url(as_redis_url(url), **every)


def connect_async(url: str, options: Mapping[str, Any] | None = None) -> AsyncClient:
    """The same for asyncio."""
    kind: Any = aio.RedisCluster if is_cluster(url) else aio.Redis
    every: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "protocol": 2,
        **(options or {}),
    }
    return _made(kind, url, every)


def connect_subscriber(url: str, options: Mapping[str, Any] | None = None) -> aio.Redis:
    """A client for subscriptions: it waits for the next message as long as that takes.

    On a cluster any node will do: each passes on to all others what is published there.
    """
    every: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        # In RESP2 who has subscribed can say nothing else, not even AUTH.
        "protocol": 3,
        **(options or {}),
    }
    client: aio.Redis = _made(aio.Redis, url, every)
    return client


def is_cluster(url: str) -> bool:
    """Whether the URL says `?cluster=true`."""
    return parse_qs(urlsplit(url).query).get("cluster") == ["true"]


def as_redis_url(url: str) -> str:
    """The URL with the scheme redis-py knows: `valkey://` is `redis://`, `valkeys://` adds TLS."""
    scheme = urlsplit(url).scheme
    known = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    return known + url[len(scheme) :]


def _server_url(url: str) -> str:
    """The URL as redis-py knows it, without what is said to us."""
    return as_redis_url(url).partition("?")[0] if is_cluster(url) else as_redis_url(url)


def _made(kind: Any, url: str, options: dict[str, Any]) -> Any:  # noqa: ANN401 (redis-py's)
    """A client of asyncio, which dials on first use.

    Its class of connections goes by the URL alone; another one is set before that.
    """
    connection_class = options.pop("connection_class", None)
    client = kind.from_url(_server_url(url), **options)
    if connection_class is not None and kind is aio.Redis:
        client.connection_pool.connection_class = connection_class
    elif connection_class is not None:
        client.connection_kwargs["connection_class"] = connection_class
    return client


class _OnFirstUse:
    """A client that is made when it is first asked for anything: a cluster's dials at once."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the client has)
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return getattr(self._made, name)
