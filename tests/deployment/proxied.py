"""What stands behind an nginx of a test, and notes how the requests came to it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.engines import EngineFailed
from lab.nginx import OURS, PACKAGE, Nginx


def need_nginx() -> None:
    """Skip where there is none; where it was promised, fail instead."""
    try:
        PACKAGE.program()
    except EngineFailed as missing:
        if "ANDON_NEEDS_NGINX" in os.environ:
            raise
        pytest.skip(str(missing))


class Process(ThreadingHTTPServer):
    """Stands where a process of ours listens, and notes how nginx came to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.connections: set[tuple[str, int]] = set()
        self.answer: dict[str, str] = {}
        self.may_end = threading.Event()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Process

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers.items())))
        self.server.connections.add(self.client_address)
        if self.path.startswith("/live/"):
            self._stream()
            return
        body = b"a" * 2000
        self.send_response(200)
        for name, value in self.server.answer.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def _stream(self) -> None:
        # Without chunks it ends with its connection; where nginx buffers, it waits for its buffer.
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: 1")
        self.server.may_end.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base's name
        pass


@contextmanager
def listening() -> Iterator[Process]:
    process = Process()
    thread = threading.Thread(target=process.serve_forever, daemon=True)
    thread.start()
    try:
        yield process
    finally:
        process.may_end.set()
        process.shutdown()
        process.server_close()
        thread.join(10)


@contextmanager
def running(
    folder: Path, web: Process, live: Process, *, ours: Path = OURS, extra: str = ""
) -> Iterator[Nginx]:
    ports = (process.server_address[1] for process in (web, live))
    nginx = Nginx(folder / "nginx", web=next(ports), live=next(ports), ours=ours, extra=extra)
    nginx.start()
    web.seen.clear()
    web.connections.clear()
    try:
        yield nginx
    finally:
        nginx.stop()
