"""The landing spot: batches on their way to the database, in streams that drains share.

An entry is deleted when it is stored, never trimmed before: a `MAXLEN` would drop what no drain has
seen. What holds the streams back is `bound`, past which `add` refuses.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

GROUP = "drains"

# Counts and adds in one step, so that no two senders fill the last place together.
_ADD = """
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return false end
return redis.call('XADD', KEYS[1], '*', 'source', ARGV[2], 'kind', ARGV[3], 'batch', ARGV[4])
"""


class LandingFull(Exception):
    """The drains are too far behind to promise that one more batch will be stored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch as it was sent: `batch` is the sender's encoding, not looked at here."""

    id: bytes
    source: str
    kind: str
    batch: bytes


class Landing:
    """Takes batches in at once, and gives each to one drain until that drain is done with it."""

    def __init__(self, redis: Redis, *, streams: int, bound: int, prefix: str = "landing") -> None:
        self._redis: Any = redis
        self._add = redis.register_script(_ADD)
        self._bound = bound
        self.streams = tuple(f"{prefix}:{{{number}}}" for number in range(streams))

    def add(self, batch: bytes, *, source: str, kind: str) -> bytes:
        """Keep one batch, and give its id; batches of one source stay in their order.

        Raises `LandingFull` when the stream has reached its bound.
        """
        stream = self.streams[zlib.crc32(source.encode()) % len(self.streams)]
        added: bytes | None = self._add(keys=[stream], args=[self._bound, source, kind, batch])
        if added is None:
            raise LandingFull(stream)
        return added

    def open(self, stream: str) -> None:
        """Make the stream and its group where they are missing, as after a wipe."""
        try:
            self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def take(self, stream: str, drain: str, *, most: int, wait: timedelta) -> list[Entry]:
        """Up to `most` new entries for this drain; none when `wait` has passed."""
        block = max(1, round(wait.total_seconds() * 1000))
        answer = self._redis.xreadgroup(GROUP, drain, {stream: ">"}, count=most, block=block)
        return [_entry(id_, fields) for _, found in answer or () for id_, fields in found]

    def reclaim(self, stream: str, drain: str, *, most: int, idle: timedelta) -> list[Entry]:
        """Entries that some drain took and has not finished for longer than `idle`."""
        milliseconds = round(idle.total_seconds() * 1000)
        _, found, *_ = self._redis.xautoclaim(
            stream, GROUP, drain, min_idle_time=milliseconds, count=most
        )
        return [_entry(id_, fields) for id_, fields in found if fields]

    def mine(self, stream: str, drain: str, *, most: int) -> list[Entry]:
        """Entries this drain took under the same name before and has not finished."""
        answer = self._redis.xreadgroup(GROUP, drain, {stream: "0"}, count=most)
        return [_entry(id_, fields) for _, found in answer or () for id_, fields in found if fields]

    def done(self, stream: str, entries: Sequence[Entry]) -> None:
        """These are stored for good: no drain will see them again, and their memory is free."""
        if not entries:
            return
        ids = [entry.id for entry in entries]
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xack(stream, GROUP, *ids)
        pipeline.xdel(stream, *ids)
        pipeline.execute()

    def waiting(self) -> int:
        """How many batches are not yet stored, over all streams."""
        return sum(self._redis.xlen(stream) for stream in self.streams)


def _entry(id_: bytes, fields: dict[bytes, bytes]) -> Entry:
    return Entry(
        id=id_,
        source=fields[b"source"].decode(),
        kind=fields[b"kind"].decode(),
        batch=fields[b"batch"],
    )
