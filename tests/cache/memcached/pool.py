"""Pools of real nodes, an endpoint that tells of them, and a process's view of both."""

import os
import socketserver
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.cache.layout import is_open
from app.cache.memcached import MemcachedStore
from app.cache.memcached.pool import TAG
from app.cache.store import PASSING
from lab.engines import EngineFailed
from lab.memcached import Memcached, program
from tests.cache.floor import Floor, debts

ROW = "cached_item:1"
POLL_SECONDS = 0.5


def need_memcached() -> None:
    """Skip where there is none; where it was promised, fail instead."""
    try:
        program()
    except EngineFailed as missing:
        if "ANDON_NEEDS_MEMCACHED" in os.environ:
            raise
        pytest.skip(str(missing))


class MemcachedFloor(Floor):
    """One process's view, over a pool."""

    store: MemcachedStore

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url, store=MemcachedStore(cache_url))

    def hang_up(self) -> None:
        super().hang_up()
        self.store.hang_up()

    def evict(self, tag: str) -> None:
        """Lose one tag, as a full node may."""
        ring = self.store._members.view().rings[0]  # noqa: SLF001 (where it is kept)
        place = ring.place(TAG, tag)
        node = self.store._pool.node(place.node)  # noqa: SLF001
        held = node.hold([place.key])
        assert node.expel(place.key, held[place.key])

    def is_open(self, tag: str = ROW) -> bool | None:
        """Whether the tag is open; None if it is missing."""
        (part,) = self.store.validate((tag,)).parts
        return None if part is None else is_open(part)


class Pool:
    """Nodes that a test may kill, freeze and start again."""

    def __init__(self, folder: Path, *, certificate: Path | None = None) -> None:
        self._folder = folder
        self._certificate = certificate
        self.nodes: list[Memcached] = []

    def start(self, count: int) -> None:
        for _ in range(count):
            name = f"node-{len(self.nodes)}"
            node = Memcached(self._folder / name, certificate=self._certificate)
            self.nodes.append(node.start())

    def url(self) -> str:
        return "memcached://" + ",".join(node.address for node in self.nodes)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


def pay_all(floor: MemcachedFloor) -> None:
    """Pay what is owed, as often as it takes: who was away is tried once a second."""
    while True:
        time.sleep(1.1)
        with suppress(*PASSING):
            floor.cache.pay()
        if not debts(floor):
            return


class _Told(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        endpoint: Endpoint = self.server.endpoint  # type: ignore[attr-defined]
        while self.rfile.readline().strip() == b"config get cluster":
            nodes = " ".join(f"localhost|127.0.0.1|{node.port}" for node in endpoint.nodes)
            body = f"{endpoint.version}\n{nodes}\n"
            self.wfile.write(f"CONFIG cluster 0 {len(body)}\r\n{body}\r\nEND\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Endpoint:
    """ElastiCache's configuration endpoint: it says who the nodes are, and nothing else."""

    def __init__(self, nodes: list[Memcached], *, tls: ssl.SSLContext | None = None) -> None:
        self.version = 1
        self.nodes = list(nodes)
        self._server = _Server(("127.0.0.1", 0), _Told)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.endpoint = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return self.polled(POLL_SECONDS)

    def polled(self, seconds: float) -> str:
        """Its URL for clients that ask so often."""
        return f"memcached+discovery://127.0.0.1:{self.port}?poll={seconds}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def tell(self, nodes: list[Memcached]) -> None:
        """From now on these are the nodes."""
        self.nodes, self.version = list(nodes), self.version + 1

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
