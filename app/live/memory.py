"""What a channel remembers: where it is, and what was said since."""

from typing import NamedTuple

import msgspec

from app.streams import AsyncClient
from app.streams.announcer import Announcement, Position, channel_keys

_decoder = msgspec.json.Decoder(Announcement)

# A channel on which nothing was ever said, or whose memory is gone.
NOWHERE = Position("none", 0)


class Missed(NamedTuple):
    """Where the channel is, and what a listener missed: None where that is not known any more."""

    position: Position
    said: list[tuple[Position, Announcement]] | None


async def position_of(redis: AsyncClient, channel: str) -> Position:
    """Where the channel is now."""
    at, _ = channel_keys(channel)
    epoch, offset = await redis.hmget(at, ["epoch", "offset"])
    return _position(epoch, offset)


async def missed_since(redis: AsyncClient, channel: str, last: Position) -> Missed:
    """What was said after `last`, read in one step with the channel's position."""
    at, said = channel_keys(channel)
    pipeline = redis.pipeline(transaction=True)
    pipeline.hmget(at, ["epoch", "offset"])
    pipeline.xrange(said, min=f"{last.offset + 1}-0")
    (epoch, offset), entries = await pipeline.execute()
    position = _position(epoch, offset)
    if position.epoch != last.epoch or last.offset > position.offset:
        return Missed(position, None)
    if len(entries) != position.offset - last.offset:
        return Missed(position, None)  # more was said since than is kept
    return Missed(position, [_said(position.epoch, id_, fields) for id_, fields in entries])


def _said(epoch: str, id_: bytes, fields: dict[bytes, bytes]) -> tuple[Position, Announcement]:
    offset = int(id_.partition(b"-")[0])
    return Position(epoch, offset), _decoder.decode(fields[b"said"])


def _position(epoch: object, offset: object) -> Position:
    if not isinstance(epoch, bytes) or not isinstance(offset, bytes):
        return NOWHERE
    return Position(epoch.decode(), int(offset))
