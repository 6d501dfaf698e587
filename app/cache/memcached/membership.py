"""Who the nodes are: told by one place, so that all clients count on the same ring."""

import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

import structlog
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut

from app.cache.breaker import Breaker
from app.cache.memcached.ring import Ring
from app.cache.memcached.tls import Tls
from app.cache.store import TIMEOUT_SECONDS

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
# A new version may be shown to one client a poll later than to another: one poll for that, one for
# what the other does until it asks again.
GRACE_POLLS = 2


class View(NamedTuple):
    """The rings to count on, newest first; what is done by it must be done by `until`."""

    rings: tuple[Ring, ...]
    is_readable: bool
    writable_from: float
    until: float


class Membership(Protocol):
    """One place that knows the nodes."""

    def view(self) -> View:
        """The rings, confirmed just now. Raises what `PASSING` names if they are not."""

    def known(self) -> tuple[Ring, ...]:
        """The rings as last heard of."""


class Listed:
    """The nodes of a list that never changes."""

    def __init__(self, nodes: list[str]) -> None:
        self._ring = Ring(0, nodes)

    def view(self) -> View:
        return View((self._ring,), is_readable=True, writable_from=0.0, until=float("inf"))

    def known(self) -> tuple[Ring, ...]:
        return (self._ring,)


class _Heard(NamedTuple):
    """What the endpoint told, and when it was asked last."""

    rings: tuple[Ring, ...]
    confirmed_at: float
    readable_from: float
    writable_from: float


class Discovered:
    """The nodes that an endpoint tells of, asked again while the cache is used.

    No thread of its own: who needs the ring asks, and others meanwhile use the last one while that
    is confirmed. A process that slept asks before it does anything else.
    """

    def __init__(
        self,
        ask: Callable[[], Ring],
        *,
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._poll = poll_seconds
        self._clock = clock
        self._breaker = Breaker(clock)
        self._lock = threading.Lock()
        self._heard = _Heard((), float("-inf"), 0.0, 0.0)

    def view(self) -> View:
        if self._age() >= self._poll / 2:
            self._confirm()
        heard = self._heard
        now, until = self._clock(), heard.confirmed_at + self._poll
        if now >= until:
            raise Unreachable("the nodes are not confirmed")
        is_readable = now >= heard.readable_from
        rings = heard.rings[:1] if is_readable else heard.rings
        return View(rings, is_readable, heard.writable_from, until)

    def known(self) -> tuple[Ring, ...]:
        return self._heard.rings

    def _age(self) -> float:
        return self._clock() - self._heard.confirmed_at

    def _confirm(self) -> None:
        """Ask, if nobody else is asking; wait for who is if the last answer is too old to use."""
        if not self._lock.acquire(blocking=self._age() >= self._poll):
            return
        try:
            if self._age() >= self._poll / 2 and self._breaker.lets_through():
                asked_at = self._clock()
                self._hear(self._ask(), asked_at)
                self._breaker.worked()
        except (Unreachable, TimedOut) as fault:
            self._breaker.failed()
            log.warning("cache.nodes_unknown", fault=str(fault))
        finally:
            self._lock.release()

    def _hear(self, ring: Ring, asked_at: float) -> None:
        heard, now = self._heard, self._clock()
        newest = heard.rings[0] if heard.rings else None
        if newest is not None and ring.version < newest.version:
            return  # told by one who lags: that confirms nothing
        if newest is None or ring.name != newest.name:
            log.info("cache.nodes", version=ring.version, nodes=len(ring.nodes))
            heard = _Heard(
                rings=(ring, *(heard.rings[:1] if now >= heard.readable_from else heard.rings)),
                confirmed_at=asked_at,
                readable_from=now + GRACE_POLLS * self._poll,
                # The first ring may be new itself, and others still read by the one before.
                writable_from=heard.writable_from if newest else now + self._poll,
            )
        self._heard = heard._replace(confirmed_at=asked_at)


def membership(url: str, tls: Tls | None = None) -> Membership:
    """Who knows the nodes, by the cache's URL; `ValueError` says what is wrong with it."""
    parts = urlsplit(url)
    nodes = [_address(text, url) for text in parts.netloc.split(",")]
    how = parts.scheme.removeprefix("memcacheds" if tls else "memcached")
    if how == "":
        return Listed(nodes)
    if how != "+discovery" or len(nodes) != 1:
        raise ValueError(
            f"{url}: not memcached://a:11211,b:11211 or memcached+discovery://a:11211, "
            "nor one of them with memcacheds"
        )
    told = parse_qs(parts.query).get("poll", [str(POLL_SECONDS)])[0]
    if not told.replace(".", "", 1).isdigit() or float(told) <= 0:
        raise ValueError(f"{url}: poll is a number of seconds")
    return Discovered(lambda: ask_endpoint(nodes[0], tls), poll_seconds=float(told))


def ask_endpoint(address: str, tls: Tls | None = None) -> Ring:
    """The ring that an ElastiCache configuration endpoint tells of."""
    heard = b""
    try:
        with _dialled(address, tls) as connection:
            connection.sendall(b"config get cluster\r\n")
            while not heard.endswith((b"END\r\n", b"ERROR\r\n")):
                more = connection.recv(65_536)
                if not more:
                    break
                heard += more
    except TimeoutError as fault:
        raise TimedOut(f"{address} does not tell the nodes") from fault
    except OSError as fault:
        raise Unreachable(f"{address} is away: {type(fault).__name__}") from fault
    return _told(heard, address, named=tls is not None)


def _dialled(address: str, tls: Tls | None) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    connection = socket.create_connection((host, int(port)), TIMEOUT_SECONDS)
    try:
        return tls.of(host).wrap_socket(connection, host) if tls else connection
    except OSError:
        connection.close()
        raise


def _told(heard: bytes, address: str, *, named: bool) -> Ring:
    """`CONFIG cluster 0 <size>`, the version, and `host|ip|port` of each node, by spaces."""
    try:
        head, version, nodes, *_ = heard.decode().splitlines()
        found = [_node(text, named=named) for text in nodes.split()]
        if head.startswith("CONFIG ") and found:
            return Ring(int(version), found)
    except ValueError:
        pass
    raise Unreachable(f"{address} is no configuration endpoint")


def _node(text: str, *, named: bool) -> str:
    host, ip, port = text.split("|")
    # By its number: a name may lead one client to the old server and another to its successor.
    dialled = f"{ip or host}:{int(port)}"
    return f"{host}|{dialled}" if named else dialled


def _address(text: str, url: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or "@" in text:
        raise ValueError(f"{url}: {text!r} is not a node's host:port")
    return text
