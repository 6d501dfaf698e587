"""The server's flags of the live process: an open page takes a place there for as long as it is."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
import urllib3

from benchmarks.screens import Screen, allow_many_files, open_screen
from lab import procfile
from lab.engines import Valkey, free_port

# Granian's backlog is 1,024, and as many requests are taken at once unless it is told otherwise.
PAGES = 1_100


@pytest.fixture
def url(valkey: Valkey) -> Iterator[str]:
    """A bare fan-out, which needs no session, under the flags of `live`."""
    allow_many_files()
    port = free_port()
    flags = procfile.command("live", port=port)[:-1]
    server = subprocess.Popen(
        [*flags, "benchmarks.live.bare_stream:create_stream"],
        env={**os.environ, "CACHE_URL": valkey.url},
        cwd=procfile.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    _await_answer(f"{url}/live/healthz", server)
    yield url
    # With its worker, which would outlive it.
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def test_more_pages_are_answered_than_the_servers_backlog_is_long(url: str) -> None:
    statuses = asyncio.run(_open_all(url))

    assert statuses == [200] * PAGES


async def _open_all(url: str) -> list[int]:
    screens: list[Screen] = []
    try:
        while len(screens) < PAGES:
            opening = (open_screen(f"{url}/?", "", lambda *_: None) for _ in range(50))
            screens += await asyncio.gather(*opening)
        return [screen.status.result() for screen in screens]
    finally:
        for screen in screens:
            screen.close()


def _await_answer(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib3.request("GET", url, timeout=1, retries=False)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")
