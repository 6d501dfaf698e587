"""A stable address in front of servers that come and go, as a service's endpoint is."""

import socket
import threading
from contextlib import suppress
from typing import Self

CHUNK_BYTES = 65_536


class Door:
    """Forwards bytes to the server behind it; it is moved, cut, or silenced, with all within."""

    def __init__(self, port: int) -> None:
        self._behind: int | None = port
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._speaking = threading.Event()
        self._speaking.set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def behind(self) -> int | None:
        """The port of the server that answers here; None while it is cut."""
        return self._behind

    def cut(self) -> None:
        """Nothing passes, and nobody gets through."""
        self.move(None)

    def move(self, port: int | None) -> None:
        """From now on it is another server that answers here."""
        with self._lock:
            self._behind = port
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            _hang_up(pair)

    def silence(self) -> None:
        """Connections stand and are taken, and no byte passes: as where packets are dropped."""
        self._speaking.clear()

    def speak(self) -> None:
        """Pass on what waits, and go on as before."""
        self._speaking.set()

    def close(self) -> None:
        self.cut()
        self.speak()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        with self._lock:
            try:
                if self._behind is None:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._behind), timeout=1)
            except OSError:
                near.close()
                return
            far.settimeout(None)
            pair = (near, far)
            self._pairs.add(pair)
        for end in pair:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._pump, args=(near, far, pair), daemon=True).start()
        threading.Thread(target=self._pump, args=(far, near, pair), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self._speaking.wait()
                sink.sendall(data)
        with self._lock:
            self._pairs.discard(pair)
        _hang_up(pair)
        # The other direction may still be inside a call: the last one out closes.
        source.close()


def _hang_up(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
