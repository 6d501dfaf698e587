"""Floor screens: event streams over bare sockets, cheap enough to hold a thousand of."""

import asyncio
import resource
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

OPEN_SECONDS = 20.0
FILES = 8_192


class Event(NamedTuple):
    """One server-sent event."""

    name: bytes
    data: bytes
    id: bytes | None


class Events:
    """Cuts what arrives of a stream into events, wherever it is torn."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Those that are whole now."""
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        for event in whole:
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
            if b"event" in fields:
                yield Event(fields[b"event"], fields.get(b"data", b""), fields.get(b"id"))


class Screen(asyncio.Protocol):
    """One open page: `hear` gets each event's name, data and moment of arrival."""

    def __init__(self, request: bytes, hear: Callable[[bytes, bytes, float], None]) -> None:
        loop = asyncio.get_running_loop()
        self._request = request
        self._hear = hear
        self._head = b""
        self._events = Events()
        self._transport: asyncio.BaseTransport | None = None
        self.status: asyncio.Future[int] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        arrived = time.time()
        if not self.status.done():
            self._head += data
            head, blank, data = self._head.partition(b"\r\n\r\n")
            if not blank:
                return
            self.status.set_result(int(head.split(b" ", 2)[1]))
        for event in self._events.feed(data):
            self._hear(event.name, event.data, arrived)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.status.done():
            self.status.set_result(0)
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def open_screen(url: str, cookie: str, hear: Callable[[bytes, bytes, float], None]) -> Screen:
    """A screen that has been answered; its `status` says how, 0 for not at all."""
    parts = urlsplit(url)
    # HTTP/1.0 knows no chunks: what arrives is the stream as it was written.
    request = (
        f"GET {parts.path}?{parts.query} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
        f"Cookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
    secure = parts.scheme == "https"
    async with asyncio.timeout(OPEN_SECONDS):
        _, screen = await asyncio.get_running_loop().create_connection(
            lambda: Screen(request, hear),
            parts.hostname or "",
            parts.port or (443 if secure else 80),
            ssl=secure or None,
        )
        await screen.status
    return screen


def allow_many_files(files: int = FILES) -> None:
    """Raise this process's bound of open files, and so of those it starts, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
