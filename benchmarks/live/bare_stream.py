"""The least that fans a channel out to event streams: what the live process is compared with."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from app.streams import connect_subscriber

CHANNEL = "bench:stream"

_queues: set[asyncio.Queue[bytes]] = set()


async def healthz(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def stream(_: Request) -> StreamingResponse:
    return StreamingResponse(_events(), media_type="text/event-stream")


async def _events() -> AsyncIterator[bytes]:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    _queues.add(queue)
    try:
        yield b"retry: 1000\n\n"
        while True:
            yield await queue.get()
    finally:
        _queues.discard(queue)


async def _fan_out() -> None:
    pubsub = connect_subscriber(os.environ["CACHE_URL"]).pubsub()
    await pubsub.subscribe(CHANNEL)
    while True:
        message = await pubsub.get_message(timeout=None)
        if message and message["type"] == "message":
            # Encoded once for all.
            event = b"event: changes\ndata: " + message["data"] + b"\n\n"
            for queue in _queues:
                queue.put_nowait(event)


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(_fan_out())
    yield
    task.cancel()


def create_stream() -> Starlette:
    """For `granian --factory`."""
    return Starlette(
        routes=[Route("/live/healthz", healthz), Route("/", stream)], lifespan=_lifespan
    )
