"""redis-py's clients: which will do, and how a write is confirmed by a replica."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import AskError
from redis.exceptions import ConnectionError as Unreachable
from redis.retry import Retry

from app.sessions import scripts
from app.sessions.outage import PASSING
from app.sessions.trips import TRIES, following, server_of

# A page that waits longer for its session had better say that it cannot be had.
TIMEOUT_SECONDS = 0.2
# A replica in step answers within a round trip; a sign-in can wait for one that is not.
CONFIRM_MS = 100


def connect(url: str, options: Mapping[str, Any] | None = None) -> Redis | RedisCluster:
    """A client that gives up in time, for `redis(s)://` or `valkey(s)://`, `?cluster=true`.

    `options` are redis-py's own, for its `Redis` or its `RedisCluster`.
    """
    scheme, rest = url.split("://", 1)
    known = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    query = urlsplit(url).query
    every: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        # One fresh try covers a connection that died while idle; never after a time-out.
        "retry": Retry(NoBackoff(), 1, supported_errors=(Unreachable,)),
        **(options or {}),
    }
    if "cluster=true" in query:
        return RedisCluster.from_url(f"{known}://{rest.partition('?')[0]}", **every)
    return Redis.from_url(f"{known}://{rest}", **every)


def checked(client: object) -> Callable[[], Any]:
    """What gives the client, which is checked now or, where a function gives it, as it is used.

    Raises `TypeError` for what is no client of redis-py, and `ValueError` for one that decodes.
    """
    if not isinstance(client, Redis | RedisCluster):
        if not callable(client):
            raise TypeError(
                f"sessions want a redis-py Redis or RedisCluster, not a {type(client).__name__}"
            )
        return client
    if client.get_encoder().decode_responses:
        raise ValueError("sessions want a client without decode_responses: they keep bytes")
    return lambda: client


class Confirming:
    """Runs a script and learns whether a replica has what it wrote.

    `WAIT` counts the replicas that have the writes of its own connection; where there are none it
    would wait in vain. How many there should be is told, or learnt: once one was seen, one that is
    missing means that nothing is confirmed.
    """

    def __init__(self, replicas: int | None) -> None:
        self._expected = replicas

    def run(
        self,
        client: Any,  # noqa: ANN401 (redis-py's)
        script: str,
        keys: Sequence[str],
        *arguments: bytes | str | int,
    ) -> tuple[Any, bool]:
        """What the script answers, and whether it is sure to outlive the primary."""
        for _ in range(TRIES):
            try:
                with _one_connection(client, keys[0]) as one:
                    reply = scripts.run(one, script, keys, *arguments)
                    wrote = _socket_of(one)
                    # On another connection WAIT knows of no write, and every replica has that.
                    return reply, self._is_confirmed(one) and _socket_of(one) is wrote
            except AskError:  # or MovedError, which is one
                if not isinstance(client, RedisCluster):
                    raise
                client.nodes_manager.initialize()
        return scripts.run(client, script, keys, *arguments), False

    def _is_confirmed(self, one: Any) -> bool:  # noqa: ANN401 (redis-py's)
        try:
            if self._expected is None:
                if not int(one.info("replication").get("connected_slaves", 0)):
                    return True
                self._expected = 1
            return not self._expected or one.wait(1, CONFIRM_MS) >= 1
        except PASSING:
            return False  # it is written, and that is all that is known


def _socket_of(one: Any) -> object:  # noqa: ANN401 (redis-py's)
    """What it is connected by: another one once it was lost and dialled again."""
    return one.connection._sock  # noqa: SLF001 (redis-py tells nobody that it dialled again)


@contextmanager
def _one_connection(client: Any, key: str) -> Iterator[Any]:  # noqa: ANN401 (redis-py's)
    """A client of one connection, to the node that has the key."""
    if isinstance(client, RedisCluster):
        with following(client), server_of(client, key).client() as one:  # type: ignore[no-untyped-call]
            yield one
    elif client.connection is not None:
        yield client
    else:
        with client.client() as one:
            yield one
