"""What redis-py's clients are made with, so that they sign in with tokens; nothing without."""

from typing import Any

from app.iam.connections import AsyncSigningConnection, SigningConnection, SigningPool
from app.iam.passwords import CacheTokens
from app.iam.subscriptions import SigningSubscriber


def client_options(tokens: CacheTokens | None) -> dict[str, Any]:
    """For `Redis` and its pools."""
    return _with(tokens, connection_class=SigningConnection)


def cluster_options(tokens: CacheTokens | None) -> dict[str, Any]:
    """For `RedisCluster`."""
    return _with(tokens, connection_pool_class=SigningPool)


def asyncio_options(tokens: CacheTokens | None) -> dict[str, Any]:
    """For `redis.asyncio.Redis`."""
    return _with(tokens, connection_class=AsyncSigningConnection)


def subscriber_options(tokens: CacheTokens | None) -> dict[str, Any]:
    """For a `redis.asyncio.Redis` that only listens, with `protocol=3`."""
    return _with(tokens, connection_class=SigningSubscriber)


def _with(tokens: CacheTokens | None, **classes: type) -> dict[str, Any]:
    return {} if tokens is None else {"credential_provider": tokens, **classes}
