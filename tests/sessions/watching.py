"""What the server was told, and what it holds."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis

from lab.engines import Valkey

# A connection says these of itself, whatever it is for.
_GREETINGS = ("HELLO", "AUTH", "CLIENT", "SELECT", "ECHO", "INFO")


@contextmanager
def commands(server: Valkey) -> Iterator[list[str]]:
    """The commands that clients send within the block, each a round trip; there after it."""
    seen: list[str] = []
    with server.client() as client, client.monitor() as monitor:
        yield seen
        last = secrets.token_hex(8)
        with server.client() as other:
            other.echo(last)
        for said in monitor.listen():
            command = str(said["command"])
            if last in command:
                return
            # What a script calls is no trip of its own.
            if said["client_type"] != "lua" and not command.upper().startswith(_GREETINGS):
                seen.append(command)


def everything(redis: Redis) -> dict[bytes, Any]:
    """All keys with what is in them."""
    return {key: value(redis, key) for key in redis.scan_iter()}


def value(redis: Redis, key: bytes) -> Any:  # noqa: ANN401 (whatever is there)
    match redis.type(key):
        case b"hash":
            return redis.hgetall(key)
        case b"zset":
            return redis.zrange(key, 0, -1, withscores=True)
        case _:
            return redis.get(key)


def live(redis: Redis) -> list[bytes]:
    """The keys of sessions: hashes with a deadline."""
    return [
        key
        for key in redis.scan_iter()
        if redis.type(key) == b"hash" and redis.hexists(key.decode(), "!a")
    ]
