"""Signing in to ElastiCache and RDS with tokens that are signed as they are needed.

To use it with redis-py, of a cache that wants them (`andon` is its user, `plant` its name):

    signer = Signer("eu-central-1")
    token = partial(signer.cache_token, user="andon", cache="plant", is_serverless=False)
    tokens = CacheTokens("andon", token)
    Redis.from_url("rediss://cache:6379/0", **client_options(tokens))
    RedisCluster.from_url("rediss://cache:6379/0", **cluster_options(tokens))

Each connection signs in with a token of its own, and again before the cache would cut it.
"""

from app.iam.clients import asyncio_options, client_options, cluster_options, subscriber_options
from app.iam.passwords import CacheTokens, DatabaseTokens
from app.iam.signing import Signer, Unsigned

__all__ = [
    "CacheTokens",
    "DatabaseTokens",
    "Signer",
    "Unsigned",
    "asyncio_options",
    "client_options",
    "cluster_options",
    "subscriber_options",
]
