"""Addresses in front of a server that count who dials and what is sent, or lose what it says."""

import socket

from lab.door import Door


class Watched(Door):
    """Counts who dials, and the round trips: what clients send in one go."""

    dials = 0
    trips = 0

    def _connect(self, near: socket.socket) -> None:
        self.dials += 1
        super()._connect(near)

    def _pump(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        ear = _Asking(source, self) if source is pair[0] else _Answering(source, self)
        super()._pump(ear, sink, pair)  # type: ignore[arg-type] # it receives and closes

    def passes(self) -> bool:
        """Whether the next reply is passed on."""
        return True


class Losing(Watched):
    """Cuts a connection instead of passing on a reply: what it was asked is done all the same."""

    lost = 0
    _replies_until = -1

    def lose(self, number: int) -> None:
        """Lose the reply after so many more."""
        self._replies_until = number

    def passes(self) -> bool:
        self._replies_until -= 1
        if self._replies_until == -1:
            self.lost += 1
            return False
        return True


class _Ear:
    def __init__(self, source: socket.socket, endpoint: Watched) -> None:
        self._source = source
        self._endpoint = endpoint

    def recv(self, size: int) -> bytes:
        return self._source.recv(size)

    def close(self) -> None:
        self._source.close()


class _Asking(_Ear):
    """What clients send."""

    def recv(self, size: int) -> bytes:
        data = super().recv(size)
        self._endpoint.trips += bool(data)
        return data


class _Answering(_Ear):
    """What the server says."""

    def recv(self, size: int) -> bytes:
        data = super().recv(size)
        return data if self._endpoint.passes() else b""
