"""A thread's own connection: nobody shares it or waits for it.

A command is packed once and sent as it is: of redis-py's GET, two thirds are spent around the
connection. What the server pushes (RESP3) is heard before the next reply is given.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast
from weakref import WeakSet

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import DefaultParser
from redis.exceptions import ConnectionError as Unreachable
from redis.retry import Retry

# redis-py knows Valkey by Redis' schemes; the `s` is TLS.
_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}

Pushed = Callable[[list[bytes] | None], None]


class _Parser(DefaultParser):  # type: ignore[misc,valid-type] # redis-py chooses it as it loads
    """redis-py's reads on after each push by calling itself, so a thousand pushes would end it.

    So many wait for a thread that was idle for minutes while others wrote.
    """

    _was_push = False

    def read_response(self, *, push_request: bool = False, **options: Any) -> Any:  # noqa: ANN401 (redis-py's own signature)
        while True:
            self._was_push = False
            reply = super().read_response(push_request=True, **options)
            if push_request or not self._was_push:
                return reply

    def handle_push_response(self, response: Any, **options: Any) -> Any:  # noqa: ANN401 (redis-py's own signature)
        self._was_push = True
        return super().handle_push_response(response, **options)


class _Client(Redis):
    """redis-py's client; its wire counts what it was answered."""

    wire: "Wire"

    def parse_response(self, connection: Any, command_name: Any, **options: Any) -> Any:  # noqa: ANN401 (redis-py's own signature)
        reply = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        self.wire.replies += 1
        return reply


class Wire:
    """One connection, dialled again when it was lost; `greet` is told of each new one.

    `client` speaks redis-py's commands over the same connection. `options` are redis-py's own.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float,
        greet: Callable[[Any], None] = lambda _: None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._greet = greet
        self._prefixes: tuple[str, ...] = ()
        self._pushed: Pushed | None = None
        # How many replies were read; with each, every push that came before it was heard.
        self.replies = 0
        self.client: Any = _Client.from_url(
            with_known_scheme(url),
            single_connection_client=True,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # Not after a time-out: a server that is frozen would cost the caller two.
            retry=Retry(NoBackoff(), 1, supported_errors=(Unreachable,)),
            protocol=3,
            parser_class=_Parser,
            redis_connect_func=self._dialled,
            **(options or {}),
        )
        self._connection: Any = self.client.connection
        cast("_Client", self.client).wire = self

    def pack(self, *command: str) -> list[bytes]:
        """A command as `ask` sends it; for any wire."""
        packed: list[bytes] = self._connection.pack_command(*command)
        return packed

    def ask(self, packed: Sequence[bytes]) -> Any:  # noqa: ANN401 (whatever the command answers)
        """The server's reply; once more when the connection was lost, as an idle one may be."""
        try:
            return self._exchange(packed)
        except Unreachable:
            self._connection.disconnect()
            return self._exchange(packed)

    def track(self, prefixes: tuple[str, ...], pushed: Pushed) -> None:
        """Be told of every change to keys that begin so: their names, or None for all.

        None is also told after each new connection: what was pushed in between is lost.
        """
        self._prefixes, self._pushed = prefixes, pushed
        self._connection.disconnect()
        self._connection.connect()

    @property
    def is_tracking(self) -> bool:
        return self._pushed is not None

    def close(self) -> None:
        """End the connection, from its own thread or when that one is idle."""
        self._connection.disconnect()

    def hang_up(self) -> None:
        """Lose the connection; the next command dials again. Any thread may do so."""
        sock = self._connection._sock  # noqa: SLF001 (disconnect() is for the owner's thread)
        if sock is not None:
            with suppress(OSError):  # it was lost already
                sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, packed: Sequence[bytes]) -> Any:  # noqa: ANN401 (whatever it answers)
        self._connection.send_packed_command(packed, check_health=False)
        reply = self._connection.read_response()
        self.replies += 1
        return reply

    def _dialled(self, connection: Any) -> None:  # noqa: ANN401 (redis-py types it loosely)
        connection.on_connect()
        self._greet(connection)
        if self._pushed is not None:
            self._pushed(None)
            parser = connection._parser  # noqa: SLF001 (no public way to set it)
            parser.set_invalidation_push_handler(self._heard)
            prefixes = [word for prefix in self._prefixes for word in ("PREFIX", prefix)]
            connection.send_command("CLIENT", "TRACKING", "ON", "BCAST", *prefixes)
            connection.read_response()

    def _heard(self, push: list[Any]) -> None:
        if self._pushed is not None:
            self._pushed(push[1])


class Wires:
    """Each thread's wire, dialled on first use."""

    def __init__(self, dial: Callable[[], Wire]) -> None:
        self._dial = dial
        self._own = threading.local()
        self._all: WeakSet[Wire] = WeakSet()

    def mine(self) -> Wire:
        """The calling thread's."""
        wire: Wire | None = getattr(self._own, "wire", None)
        if wire is None:
            wire = self._own.wire = self._dial()
            self._all.add(wire)
        return wire

    def all(self) -> list[Wire]:
        """Those of all threads that are still alive."""
        return list(self._all)


def with_known_scheme(url: str) -> str:
    """The URL as redis-py spells it."""
    scheme, rest = url.split("://", 1)
    return f"{_SCHEMES.get(scheme, scheme)}://{rest}"
