"""TLS in front of an engine that has none, as ElastiCache has: with a certificate of its own CA."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import trustme

START_SECONDS = 10
CHUNK_BYTES = 65536


class TlsFront:
    """Listens for TLS on a free port of the loopback and passes on what it hears, in plain.

    `ca` is the file of whoever signed its certificate, which is for `names`.
    """

    def __init__(
        self, folder: Path, behind: int, *, names: Sequence[str] = ("127.0.0.1", "localhost")
    ) -> None:
        self.behind = behind
        self.ca = folder / "ca.pem"
        self.port = 0
        self._context = _certified(folder, self.ca, names)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.WriteTransport] = set()

    def start(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.port = listening.result(START_SECONDS)
        return self

    def stop(self) -> None:
        """End it, and every connection through it."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, ssl=self._context)
        return int(self._server.sockets[0].getsockname()[1])

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection("127.0.0.1", self.behind)
        except OSError:
            writer.transport.abort()  # nobody is behind it just now
            return
        ends = {writer.transport, onward[1].transport}
        self._open |= ends
        ways = [
            asyncio.create_task(_pump(reader, onward[1])),
            asyncio.create_task(_pump(onward[0], writer)),
        ]
        # The first that ends, ends the other: half a connection is none.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.abort()
        await asyncio.wait(ways)
        self._open -= ends

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        for end in self._open:
            end.abort()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


def _certified(folder: Path, ca: Path, names: Sequence[str]) -> ssl.SSLContext:
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it was cut: that is all there is to pass on
        while some := await reader.read(CHUNK_BYTES):
            writer.write(some)
            await writer.drain()
