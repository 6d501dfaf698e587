"""The protocol's steps on a Redis or Valkey server (row 12 of the model in tests/cache/model).

An answer is valid only under the epoch and the tokens it was filled under, all of them open. A
writer closes its tags just before the database's COMMIT and finishes just after it. What is missing
is never taken for valid.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut
from redis.retry import Retry

from app.cache import layout, scripts

PASSING = (Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError)

# redis-py knows Valkey by Redis' schemes; the `s` is TLS.
_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}

# A cache that takes longer than a query saves nothing.
TIMEOUT_SECONDS = 0.25
# Tokens outlive every answer that was filled under them; losing one costs a miss.
TOKEN_TTL = timedelta(days=1)
# Longer than any writer waits between its COMMIT and its finish.
FINISHED_TTL = timedelta(hours=1)


class Store:
    """One server; each thread has a connection of its own, and none is shared or waited for."""

    def __init__(self, url: str) -> None:
        scheme, rest = url.split("://", 1)
        self._url = f"{_SCHEMES.get(scheme, scheme)}://{rest}"
        self._own = threading.local()
        self._identity = b""

    # Reading

    def look(self, digest: str, tags: Sequence[str]) -> list[bytes | None]:
        """Epoch, answer, and the tokens of the tags, in one round trip."""
        keys = [layout.EPOCH, layout.entry(digest), *map(layout.token, tags)]
        found: list[bytes | None] = self._client.mget(keys)
        return found

    def keep(self, digest: str, answer: bytes, *, ttl: timedelta) -> None:
        """Store an answer; it carries its tokens: one that lost the race is never valid."""
        self._client.set(layout.entry(digest), answer, px=ttl)

    def mint(self, tag: str) -> bytes:
        """A token for a tag that has none, closed if writers are registered on it."""
        keys = [layout.token(tag), layout.writers(tag)]
        token: bytes = self._run("mint", keys, [layout.new_token(), _seconds(TOKEN_TTL)])
        return token

    # Writing

    def close(self, transaction: str, tags: Iterable[str], *, now: float) -> None:
        """Register the transaction on the tags and close them."""
        arguments = [transaction, layout.new_token(), now, _seconds(TOKEN_TTL)]
        self._run("close", _keys(transaction, tags), arguments)

    def finish(self, transaction: str, tags: Iterable[str]) -> None:
        """Unregister it, and give each tag a fresh token."""
        arguments = [transaction, layout.new_token(), _seconds(TOKEN_TTL)]
        if self._run("finish", _keys(transaction, tags), arguments):
            # The server lost the registration: while it was gone, a reader may have opened the tag.
            self.close_epoch()

    def registered(self, tag: str) -> dict[str, float]:
        """The transactions registered on a tag, and when."""
        found: dict[bytes, bytes] = self._client.hgetall(layout.writers(tag))
        return {transaction.decode(): float(at) for transaction, at in found.items()}

    def settle(self, transaction: str, tag: str) -> None:
        """Finish in the stead of a transaction that the database has decided."""
        arguments = [transaction, layout.new_token(), _seconds(FINISHED_TTL)]
        self._run("settle", _keys(transaction, [tag]), arguments)

    def renew(self, tags: Iterable[str]) -> None:
        """Expel what depends on the tags, for a write that is committed already."""
        transaction = f"debt-{layout.new_token()}"
        tags = list(tags)
        self.close(transaction, tags, now=0.0)
        self.finish(transaction, tags)

    # The epoch

    def close_epoch(self) -> None:
        """Trust nothing that is kept until every transaction in flight now has ended."""
        if not self._identity:
            self._client.ping()  # the identity is learnt by connecting
        self._client.set(layout.EPOCH, self._closed_epoch())

    def begin_epoch(self) -> None:
        """Set a closed epoch where there is none, as after a wipe."""
        self._client.set(layout.EPOCH, self._closed_epoch(), nx=True)

    def horizon_of(self, epoch: bytes) -> int | None:
        """The horizon that was noted for this closed epoch, if any was."""
        noted: bytes | None = self._client.get(layout.HORIZON)
        name, _, horizon = (noted or b"").partition(b"|")
        return int(horizon) if name == epoch else None

    def note_horizon(self, epoch: bytes, horizon: int) -> None:
        """Note which transactions may have been in flight when the epoch was closed."""
        self._client.set(layout.HORIZON, epoch + b"|" + str(horizon).encode())

    def open_epoch(self, epoch: bytes) -> None:
        """Open it, unless it is another one by now."""
        self._run("replace", [layout.EPOCH], [epoch, epoch.removeprefix(layout.CLOSED)])

    # Single flight

    def take_off(self, digest: str, *, name: str, bound: timedelta) -> bool:
        """Whether this caller is the one to run the query; for at most `bound`."""
        return bool(self._client.set(layout.flight(digest), name, nx=True, px=bound))

    def land(self, digest: str, *, name: str) -> None:
        """Free the place, if it is still this caller's."""
        self._run("land", [layout.flight(digest)], [name])

    def flush(self) -> None:
        """Forget every answer: begin another epoch."""
        self.close_epoch()

    @property
    def _client(self) -> Any:  # noqa: ANN401 (redis-py's types know no bytes-only client)
        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = Redis.from_url(
                self._url,
                single_connection_client=True,
                socket_timeout=TIMEOUT_SECONDS,
                socket_connect_timeout=TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 1),
                protocol=2,
                redis_connect_func=self._greet,
            )
            self._own.scripts = {
                name: client.register_script(source) for name, source in scripts.ALL.items()
            }
        return client

    def _run(self, script: str, keys: Sequence[str], arguments: Sequence[object]) -> Any:  # noqa: ANN401 (what a script answers)
        client = self._client
        return self._own.scripts[script](keys=keys, args=arguments, client=client)

    def _greet(self, connection: Any) -> None:  # noqa: ANN401 (redis-py types it loosely)
        """Close the epoch if this is another server than the one it names.

        Asked on each new connection, before its first command: after a failover or a restore the
        data may be from before.
        """
        connection.on_connect()
        identity = _identity(connection)
        connection.send_command("GET", layout.EPOCH)
        epoch = connection.read_response()
        self._identity = identity
        if epoch is None or epoch.removeprefix(layout.CLOSED).partition(b".")[0] != identity:
            connection.send_command("SET", layout.EPOCH, self._closed_epoch())
            connection.read_response()

    def _closed_epoch(self) -> bytes:
        return layout.CLOSED + self._identity + b"." + layout.new_token().encode()


def _identity(connection: Any) -> bytes:  # noqa: ANN401 (redis-py types it loosely)
    connection.send_command("INFO", "replication")
    for line in connection.read_response().splitlines():
        name, _, value = line.partition(b":")
        if name == b"master_replid":
            return bytes(value.strip())
    raise ResponseError("the server does not say whose data it has")


def _keys(transaction: str, tags: Iterable[str]) -> list[str]:
    return [
        key
        for tag in tags
        for key in (layout.token(tag), layout.writers(tag), layout.finished(tag, transaction))
    ]


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
