"""Wiping a server, and knowing exactly which batches were in it alone."""

from collections.abc import Iterable

from redis import Redis
from redis.exceptions import ResponseError

from app.domain.telemetry.batches import landed_output, landed_readings
from lab.chaos.history import LOWER_HALF
from lab.engines import Valkey


def wipe(server: Valkey, streams: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of all items that had landed there and were not let go of, by kind.

    In one step, so that no batch is taken or added between the look and the wipe.
    """
    with server.client() as client:
        here = [stream for stream in streams if _has(client, stream)]
        step = client.pipeline(transaction=True)
        for stream in here:
            step.xrange(stream)
        step.flushall()
        *found, _ = step.execute()
    lost: dict[str, list[int]] = {"readings": [], "output": []}
    for entries in found:
        for _, fields in entries:
            kind = fields[b"kind"].decode()
            lost[kind] += numbers_of(kind, fields[b"batch"])
    return lost


def numbers_of(kind: str, batch: bytes) -> list[int]:
    """What the gateways called the items of a batch."""
    if kind == "output":
        return [piece.id.int & LOWER_HALF for piece in landed_output(batch)]
    return [int(reading.value) for reading in landed_readings(batch)]


def _has(client: Redis, stream: str) -> bool:
    """Whether the server has this stream; another shard says that it is moved."""
    try:
        return bool(client.exists(stream))
    except ResponseError:
        return False
