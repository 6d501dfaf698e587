"""The landing spot: batches on their way to the database, in streams that drains share.

An entry is deleted when it is stored, never trimmed before: a `MAXLEN` would drop what no drain has
seen. What holds the streams back is a bound on their bytes, past which `add` refuses.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from redis.exceptions import ResponseError

from app.streams import turns
from app.streams.client import Client
from app.streams.script import Script

GROUP = "drains"

# Ends the kind of a batch that lies here as its sender spelled it, with names that nobody has
# looked up yet.
AS_SENT = "-as-sent"

# Counts and adds in one step, so that no two senders fill the last place together.
_LAND = """
local function land()
  if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return false end
  redis.call('INCRBY', KEYS[2], #ARGV[4])
  return redis.call('XADD', KEYS[1], '*', 'source', ARGV[2], 'kind', ARGV[3], 'batch', ARGV[4])
end
"""
_ADD = Script(_LAND + "return land()")
# The same where it is the sender's turn, whose key lies beside the stream's.
_ADD_IN_TURN = Script(
    turns.TAKE
    + _LAND
    + """
local taken = take(KEYS[3], tonumber(ARGV[5]), tonumber(ARGV[6]))
return (taken[2] > 0 or land()) and taken
"""
)

# Arguments after the group: pairs of id and size. What another drain has deleted already is not
# taken from the count twice.
_DONE = Script("""
local freed = 0
for i = 2, #ARGV, 2 do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then freed = freed + ARGV[i + 1] end
end
if freed > 0 then redis.call('DECRBY', KEYS[2], freed) end
return freed
""")


class LandingFull(Exception):
    """The drains are too far behind to promise that one more batch will be stored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch as it was sent: `batch` is the sender's encoding, not looked at here."""

    id: bytes
    source: str
    kind: str
    batch: bytes


class Standing(NamedTuple):
    """How a stream stands: `added` and `taken` are totals since it was made."""

    stream: str
    # Batches that are not stored yet; of these `held` are in some drain's hands.
    waiting: int
    held: int
    size_bytes: int
    added: int
    taken: int


class Landing:
    """Takes batches in at once, and gives each to one drain until that drain is done with it."""

    def __init__(
        self, redis: Client, *, streams: int, bound_bytes: int, prefix: str = "landing"
    ) -> None:
        self._redis = redis
        self._bound_bytes = bound_bytes
        self.streams = tuple(f"{prefix}:{{{number}}}" for number in range(streams))

    def add(self, batch: bytes, *, source: str, kind: str) -> bytes:
        """Keep one batch, and give its id; batches of one source stay in their order.

        Raises `LandingFull` when the stream has reached its bound.
        """
        stream = self._stream(source)
        added: bytes | None = _ADD.run(
            self._redis, _keys(stream), self._bound_bytes, source, kind, batch
        )
        if added is None:
            raise LandingFull(stream)
        return added

    def add_in_turn(
        self, batch: bytes, *, source: str, kind: str, quota: turns.Quota
    ) -> turns.Standing:
        """The same, for one round trip, if the source comes no oftener than it may.

        Raises `LandingFull`; a batch that came too soon is not kept, as its standing says.
        """
        stream = self._stream(source)
        keys = [*_keys(stream), f"{stream}:turn:{source}"]
        taken = _ADD_IN_TURN.run(
            *(self._redis, keys, self._bound_bytes, source, kind, batch), *quota.terms
        )
        if taken is None:
            raise LandingFull(stream)
        return turns.standing(quota, taken)

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
        sizes = [part for entry in entries for part in (entry.id, len(entry.batch))]
        _DONE.run(self._redis, _keys(stream), GROUP, *sizes)

    def waiting(self) -> int:
        """How many batches are not yet stored, over all streams."""
        return sum(self._redis.xlen(stream) for stream in self.streams)

    def standings(self) -> list[Standing]:
        """How each stream stands."""
        return [self._standing(stream) for stream in self.streams]

    def _stream(self, source: str) -> str:
        return self.streams[zlib.crc32(source.encode()) % len(self.streams)]

    def _standing(self, stream: str) -> Standing:
        try:
            told = self._redis.xinfo_stream(stream)
            groups = self._redis.xinfo_groups(stream)
        except ResponseError as error:
            # Nothing landed yet, or the cache forgot it between the two questions.
            if "no such key" not in str(error):
                raise
            return Standing(stream, 0, 0, 0, 0, 0)
        ours: dict[str, int] = next(
            (group for group in groups if group["name"] == GROUP.encode()), {}
        )
        return Standing(
            stream,
            waiting=told["length"],
            held=ours.get("pending", 0),
            size_bytes=int(self._redis.get(f"{stream}:bytes") or 0),
            added=told["entries-added"],
            taken=ours.get("entries-read") or 0,
        )


def _keys(stream: str) -> list[str]:
    return [stream, f"{stream}:bytes"]


def _entry(id_: bytes, fields: dict[bytes, bytes]) -> Entry:
    return Entry(
        id=id_,
        # Whoever else writes to the stream may leave some out: then the batch is set aside.
        source=fields.get(b"source", b"").decode(errors="replace"),
        kind=fields.get(b"kind", b"").decode(errors="replace"),
        batch=fields.get(b"batch", b""),
    )
