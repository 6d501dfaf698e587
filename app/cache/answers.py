"""How an answer is spelled where it is kept: what it was filled under, its times, its rows."""

import math
import random
import struct
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from app.cache.policy import Policy

# Seal's length, flags, made at (seconds since 1970), fresh for and cost (seconds).
_HEAD = struct.Struct("<HBdff")
_COMPRESSED = 1
# zlib's level 1 packs rows to a quarter at about 10 µs a KB; below this a packet or two are saved.
COMPRESS_FROM_BYTES = 16_384


class Answer(NamedTuple):
    """A valid answer, still encoded. Times are seconds; `made_at` counts from 1970."""

    body: bytes
    made_at: float
    fresh_for: float
    # What the query took: what a hit saves.
    cost: float

    @property
    def quiet_until(self) -> float:
        """Before this moment it is neither stale nor due.

        One refresh in a billion would come earlier than 20 times the cost before the end.
        """
        return self.made_at + self.fresh_for - 20 * self.cost

    def is_stale(self, now: float) -> bool:
        """Whether its time is over, though nothing it depends on has changed."""
        return now >= self.made_at + self.fresh_for

    def is_due(self, now: float, chance: Callable[[], float] = random.random) -> bool:
        """Whether this reader should refresh it early (XFetch).

        "Optimal Probabilistic Cache Stampede Prevention", Vattani et al., VLDB 2015: the nearer
        the end and the dearer the query, the likelier, with no word between the readers.
        """
        left = self.made_at + self.fresh_for - now
        return now > self.quiet_until and left < -self.cost * math.log(1 - chance())


def seal(under: bytes, body: bytes, *, fresh_for: timedelta, cost: float) -> bytes:
    """An answer as it is kept, with what it was filled under in front."""
    flags = 0
    if len(body) >= COMPRESS_FROM_BYTES:
        flags, body = _COMPRESSED, zlib.compress(body, 1)
    head = _HEAD.pack(len(under), flags, time.time(), fresh_for.total_seconds(), cost)
    return head + under + body


def unseal(kept: bytes, under: bytes) -> Answer | None:
    """The answer, if it was filled under just this."""
    if len(kept) < _HEAD.size:
        return None
    length, flags, made_at, fresh_for, cost = _HEAD.unpack_from(kept)
    end = _HEAD.size + length
    if kept[_HEAD.size : end] != under:
        return None
    body = zlib.decompress(kept[end:]) if flags & _COMPRESSED else kept[end:]
    return Answer(body, made_at, fresh_for, cost)


def freshness(
    policy: Policy, *, empty: bool, chance: Callable[[], float] = random.random
) -> timedelta:
    """How long this answer is fresh: answers filled together do not expire together."""
    fresh_for = policy.fresh_for
    if empty and policy.negative_for is not None:
        fresh_for = policy.negative_for
    return fresh_for * (1 - policy.jitter * chance())
