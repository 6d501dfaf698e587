"""Addresses in front of a server that count, or lose what it says."""

import socket

from tests.cache.chaos.endpoint import Endpoint


class Counting(Endpoint):
    """Counts who dials."""

    dials = 0

    def _connect(self, near: socket.socket) -> None:
        self.dials += 1
        super()._connect(near)


class Losing(Endpoint):
    """Cuts a connection instead of passing on a reply: what it was asked is done all the same."""

    lost = 0
    _replies_until = -1

    def lose(self, number: int) -> None:
        """Lose the reply after so many more."""
        self._replies_until = number

    def _pump(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        super()._pump(_Losing(source, self) if source is pair[1] else source, sink, pair)  # type: ignore[arg-type]

    def passes(self) -> bool:
        """Whether this reply is passed on."""
        self._replies_until -= 1
        if self._replies_until == -1:
            self.lost += 1
            return False
        return True


class _Losing:
    """A socket that ends when its reply is to be lost."""

    def __init__(self, source: socket.socket, endpoint: Losing) -> None:
        self._source = source
        self._endpoint = endpoint

    def recv(self, size: int) -> bytes:
        data = self._source.recv(size)
        return data if self._endpoint.passes() else b""

    def close(self) -> None:
        self._source.close()
