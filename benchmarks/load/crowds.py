"""Who uses the plant: people at their pages, gateways, and screens on the floor."""

import asyncio
import itertools
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
import urllib3

from benchmarks.batches import LINES, Batch, Numbering
from benchmarks.instance import PLANT
from benchmarks.load.record import BUSY, Record
from benchmarks.screens import open_screen

# Between two requests of one person, and two batches of one gateway.
PAUSE_SECONDS = 0.25
AGAIN_SECONDS = 2.0
STREAM = "GET /live/board"
PAGES = [
    ("GET /", f"/?plant={PLANT}"),
    *(("GET /lines/<slug>", f"/lines/{line}") for line in LINES),
]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes, and with what it is let in."""

    url: str
    stream: str
    cookie: str
    tokens: list[str]


class Tile(msgspec.Struct):
    last_signal_at: datetime | None


class Changes(msgspec.Struct):
    tiles: list[Tile]


def read_pages(target: Target, record: Record, stopping: threading.Event, number: int) -> None:
    """One person: the board and the lines, one after the other, starting somewhere else each."""
    pool = urllib3.connection_from_url(target.url, timeout=10, retries=False)
    start = number % len(PAGES)
    for route, path in itertools.cycle(PAGES[start:] + PAGES[:start]):
        if stopping.wait(PAUSE_SECONDS):
            break
        _ask(pool, "GET", path, record, route=route, headers={"Cookie": target.cookie})
    pool.close()


def send_batches(
    target: Target, record: Record, stopping: threading.Event, number: int, numbering: Numbering
) -> None:
    """One gateway: batch after batch of one line's readings."""
    pool = urllib3.connection_from_url(target.url, timeout=10, retries=False)
    token = target.tokens[number % len(target.tokens)]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while not stopping.wait(PAUSE_SECONDS):
        batch = numbering.batch(number)
        record.sent.add(batch.newest)
        _send(pool, batch, record, headers, stopping)
    pool.close()


async def watch(target: Target, record: Record, stopping: threading.Event, screens: int) -> None:
    """All screens, each coming back when its stream ends, until told to stop."""
    tasks = [asyncio.create_task(_watch_one(target, record)) for _ in range(screens)]
    await asyncio.to_thread(stopping.wait)
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


def _send(
    pool: urllib3.HTTPConnectionPool,
    batch: Batch,
    record: Record,
    headers: dict[str, str],
    stopping: threading.Event,
) -> None:
    """Send the same bytes until they are taken, as a gateway should; what is refused is dropped."""
    route = "POST /api/v1/readings"
    while True:
        status = _ask(
            *(pool, "POST", "/api/v1/readings", record),
            route=route,
            headers=headers,
            body=batch.body,
            expected=HTTPStatus.ACCEPTED,
        )
        if status == HTTPStatus.ACCEPTED:
            record.took(batch.numbers)
        if status not in (0, BUSY) or stopping.wait(AGAIN_SECONDS):
            return


def _ask(
    pool: urllib3.HTTPConnectionPool,
    method: str,
    path: str,
    record: Record,
    *,
    route: str,
    headers: dict[str, str],
    body: bytes | None = None,
    expected: int = HTTPStatus.OK,
) -> int:
    """The status of the answer; 0 where there was none."""
    began = time.perf_counter()
    try:
        status = pool.request(method, path, body=body, headers=headers, redirect=False).status
    except urllib3.exceptions.HTTPError:
        status = 0
    record.answered(route, time.perf_counter() - began, status, expected=expected)
    return status


async def _watch_one(target: Target, record: Record) -> None:
    seen: set[datetime] = set()
    changes = msgspec.json.Decoder(Changes)

    def hear(name: bytes, data: bytes, arrived: float) -> None:
        record.events += 1
        if name != b"changes":
            return
        for tile in changes.decode(data).tiles:
            moment = tile.last_signal_at
            if moment in record.sent and moment not in seen:
                seen.add(moment)
                late = datetime.fromtimestamp(arrived, UTC) - moment
                record.late_ms.append(late.total_seconds() * 1000)

    while True:
        began = time.perf_counter()
        try:
            screen = await open_screen(target.stream, target.cookie, hear)
        except (OSError, TimeoutError):
            status = 0
        else:
            status = screen.status.result()
        record.answered(STREAM, time.perf_counter() - began, status, expected=HTTPStatus.OK)
        if status == HTTPStatus.OK:
            try:
                await screen.ended
            finally:
                screen.close()
            record.errors[f"{STREAM}: the stream ended"] += 1
        await asyncio.sleep(AGAIN_SECONDS)
