"""Channels: who listens hears, and who was away for a moment can catch up.

One script numbers, keeps and publishes, so that no listener sees a number without its words. The
numbers of a channel count up within an **epoch**, which changes when the cache lost the count; a
listener that returns with a number of another epoch, or one no longer kept, must read afresh.
The shape is centrifuge's (MIT): an offset in a hash beside a bounded stream of the same offsets.
"""

import secrets
from collections.abc import Iterable
from typing import NamedTuple, Self

import msgspec

from app.streams.client import Client
from app.streams.script import Script

# Offsets a listener may be behind and still catch up: at four announcements a second, over a
# minute of absence for the busiest channel.
KEPT = 300

# More digits than a stream's numbers have are no number of ours.
_LONGEST_OFFSET = 18

_ANNOUNCE = Script("""
local offset = redis.call('HINCRBY', KEYS[1], 'offset', 1)
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('DEL', KEYS[2])
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], offset .. '-1', 'said', ARGV[3])
redis.call('PUBLISH', ARGV[4], epoch .. '-' .. offset .. ' ' .. ARGV[3])
return {epoch, offset}
""")


class Position(NamedTuple):
    """A place in a channel, as sent in `id:` and returned in `Last-Event-ID`."""

    epoch: str
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position that `text` names, or None where it names none."""
        epoch, dash, offset = text.rpartition("-")
        countable = len(offset) <= _LONGEST_OFFSET and offset.isascii() and offset.isdigit()
        if not dash or not epoch.isalnum() or not countable:
            return None
        return cls(epoch, int(offset))


class Announcement(msgspec.Struct, frozen=True):
    """What happened: `event` names the kind, `key` the thing; a newer one of both replaces it."""

    event: str
    key: str
    facts: msgspec.Raw


class Announcer:
    """Tells every open live page what happened."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._last: dict[str, tuple[bytes, int]] = {}

    def announce(self, channel: str, event: str, key: str, facts: object) -> None:
        """Say it on the channel; `facts` is anything msgspec can write as JSON."""
        self.announce_all([(channel, event, key, facts)])

    def announce_all(self, said: Iterable[tuple[str, str, str, object]]) -> None:
        """Say several things in one round trip: rows of channel, event, key and facts."""
        said = list(said)
        answers = _ANNOUNCE.run_all(
            self._redis,
            [
                (
                    channel_keys(channel),
                    (
                        secrets.token_hex(4),
                        KEPT,
                        msgspec.json.encode({"event": event, "key": key, "facts": facts}),
                        channel,
                    ),
                )
                for channel, event, key, facts in said
            ],
        )
        for (channel, *_), (epoch, offset) in zip(said, answers, strict=True):
            self._check(channel, epoch, offset)

    def _check(self, channel: str, epoch: bytes, offset: int) -> None:
        """Begin another epoch where a count went back.

        After a failover to a replica that lagged, numbers are given a second time: a listener who
        returns with the first of them would be told too little.
        """
        last_epoch, last_offset = self._last.get(channel, (epoch, 0))
        self._last[channel] = (epoch, offset)
        if epoch == last_epoch and offset <= last_offset:
            self._redis.delete(channel_keys(channel)[0])


def channel_keys(channel: str) -> list[str]:
    """Where a channel's count and its last announcements are kept; both in one cluster slot."""
    return [f"channel:{{{channel}}}:at", f"channel:{{{channel}}}:said"]
