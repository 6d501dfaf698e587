"""Clients for Valkey or Redis that give up in time."""

from urllib.parse import urlsplit

from redis import Redis
from redis import asyncio as aio
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import (
    ConnectionError as Unreachable,
)
from redis.exceptions import (
    TimeoutError as TimedOut,
)
from redis.retry import Retry

# What a caller may hope to pass: away, restarting, full, or demoted by a failover.
PASSING = (Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError)

# redis-py's own defaults try ten times and wait five seconds each: a frozen server then holds
# a request for 59 s. One fresh try covers a connection that died while idle.
SOCKET_TIMEOUT_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 0.5


def connect(url: str) -> Redis:
    """A client for the server at `url`; it dials on first use, so an outage never stops a start."""
    return Redis.from_url(
        as_redis_url(url),
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )


def connect_async(url: str) -> aio.Redis:
    """The same for asyncio."""
    client: aio.Redis = aio.Redis.from_url(
        as_redis_url(url),
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        protocol=2,
    )
    return client


def connect_subscriber(url: str) -> aio.Redis:
    """A client for subscriptions: it waits for the next message as long as that takes."""
    client: aio.Redis = aio.Redis.from_url(
        as_redis_url(url), socket_connect_timeout=CONNECT_TIMEOUT_SECONDS, protocol=2
    )
    return client


def as_redis_url(url: str) -> str:
    """The URL with the scheme redis-py knows: `valkey://` is `redis://`, `valkeys://` adds TLS."""
    scheme = urlsplit(url).scheme
    known = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    return known + url[len(scheme) :]
