"""One memcached server: a connection for each thread, and its faults in the cache's terms."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet

import structlog
from pymemcache.client.base import Client
from pymemcache.exceptions import (
    MemcacheServerError,
    MemcacheUnexpectedCloseError,
    MemcacheUnknownCommandError,
    MemcacheUnknownError,
)
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import OutOfMemoryError
from redis.exceptions import TimeoutError as TimedOut

from app.cache.breaker import Breaker
from app.cache.memcached.tls import Tls
from app.cache.store import TIMEOUT_SECONDS

log = structlog.get_logger(__name__)

# A connection that the server closed while idle is noticed at its next use, which is tried again:
# whoever fails twice in a row meets a server that is away.
FAILURES = 2
# Expired at once: the way to delete by `cas`.
EXPIRED = -1

Answer = TypeVar("Answer")


class Held(NamedTuple):
    """A value as it was read, and the proof that it is unchanged.

    memcached counts its proofs from 1 at each start, so one is good on its own connection only.
    """

    value: bytes
    proof: bytes
    connection: object


class _Client(Client):  # type: ignore[misc] # pymemcache carries no types
    """One that closes its socket when its thread has gone."""

    def __del__(self) -> None:
        self.close()


class Node:
    """A server that may be away: then it is not asked again for a moment."""

    def __init__(self, address: str, tls: Tls | None = None) -> None:
        """`address` is `host:port`, or `name|host:port` where the certificate has another name."""
        dialled, _, port = address.rpartition(":")
        name, _, host = dialled.rpartition("|")
        host = host.strip("[]")
        self.address = address
        self._server = (host, int(port))
        self._tls = tls.of(name or host) if tls else None
        self._own = threading.local()
        self._clients: WeakSet[Any] = WeakSet()
        self._breaker = Breaker(time.monotonic, failures=FAILURES)
        self.is_away = False

    def get(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The values that are there."""
        wanted = list(keys)
        return self._read(lambda client: dict(client.get_many(wanted)))

    def hold(self, keys: Iterable[str]) -> dict[str, Held]:
        """The values that are there, to be changed by `swap`."""
        wanted = list(keys)

        def holding(client: Client) -> dict[str, Held]:
            found = client.gets_many(wanted)
            return {key: Held(value, proof, client.sock) for key, (value, proof) in found.items()}

        return self._read(holding)

    def swap(self, key: str, held: Held, value: bytes, *, seconds: int) -> bool:
        """Change a value, if it is unchanged since it was held."""
        if self._client.sock is not held.connection:
            return False
        return bool(self._ask(lambda client: client.cas(key, value, held.proof, expire=seconds)))

    def expel(self, key: str, held: Held) -> bool:
        """Delete a value, if it is unchanged since it was held."""
        return self.swap(key, held, b"", seconds=EXPIRED)

    def add(self, key: str, value: bytes, *, seconds: int) -> bool:
        """Set a value where there is none."""
        return bool(self._ask(lambda client: client.add(key, value, expire=seconds)))

    def set(self, key: str, value: bytes, *, seconds: int) -> None:
        self._ask(lambda client: client.set(key, value, expire=seconds))

    def increase(self, key: str, number: int) -> None:
        """Count on from what is there, or from 0."""
        while self._ask(lambda client: client.incr(key, number)) is None:
            if self._ask(lambda client: client.add(key, str(number).encode())):
                return

    def flush(self) -> None:
        """Forget all."""
        self._ask(lambda client: client.flush_all())

    def hang_up(self) -> None:
        """Close the connections of all threads; they dial again when they need to."""
        for client in list(self._clients):
            client.close()

    def _read(self, question: Callable[[Client], Answer]) -> Answer:
        """Ask; and once more if the connection was an old one that has ended since."""
        was_connected = self._client.sock is not None
        try:
            return self._ask(question)
        except Unreachable:
            if not was_connected:
                raise
            return self._ask(question)

    def _ask(self, question: Callable[[Client], Answer]) -> Answer:
        if not self._breaker.lets_through():
            raise Unreachable(f"{self.address} was away a moment ago")
        try:
            answer = question(self._client)
        except TimeoutError as fault:
            self._failed(fault)
            raise TimedOut(f"{self.address} does not answer") from fault
        except (
            *(OSError, MemcacheUnexpectedCloseError, MemcacheUnknownError),
            MemcacheUnknownCommandError,  # «ERROR Too many open connections»
        ) as fault:
            self._failed(fault)
            raise Unreachable(f"{self.address} is away") from fault
        except MemcacheServerError as fault:
            raise OutOfMemoryError(f"{self.address}: {fault}") from fault
        self._breaker.worked()
        self.is_away = False
        return answer

    def _failed(self, fault: Exception) -> None:
        self._breaker.failed()
        if not self.is_away:
            log.warning("cache.node_away", node=self.address, fault=type(fault).__name__)
        self.is_away = True

    @property
    def _client(self) -> Any:  # noqa: ANN401 (pymemcache carries no types)
        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = _Client(
                self._server,
                connect_timeout=TIMEOUT_SECONDS,
                timeout=TIMEOUT_SECONDS,
                no_delay=True,
                default_noreply=False,
                tls_context=self._tls,
            )
            self._clients.add(client)
        return client
