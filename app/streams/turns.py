"""Whose turn it is: so many in a window, at once or spread over it.

By the generic cell rate algorithm (GCRA; ITU-T I.371, and the ATM Forum's Traffic Management 4.1):
all that is kept is one moment, the one at which the next would be in turn if all came evenly.
"""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

# By the server's own clock, as instances have one each. Takes how many microseconds lie between two
# that come evenly, and how many may come at once. Gives how many more may come now, and in how many
# microseconds one may, and all may. Who is refused keeps their turn.
TAKE = """
local function take(key, apart, most)
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local turn = math.max(tonumber(redis.call('GET', key) or 0), now)
  local wait = turn + apart - now - apart * most
  if wait > 0 then return {0, wait, turn - now} end
  turn = turn + apart
  redis.call('SET', key, string.format('%.0f', turn), 'PX', math.ceil((turn - now) / 1000))
  return {math.floor((apart * most - (turn - now)) / apart), 0, turn - now}
end
"""


class Quota(NamedTuple):
    """So many in a window; none are counted where `most` is 0."""

    name: str
    most: int
    window: timedelta

    @property
    def terms(self) -> tuple[int, int]:
        """As the script takes them."""
        return round(self.window / timedelta(microseconds=1) / self.most), self.most


class Standing(NamedTuple):
    """How a caller stands: how many more may come now, in seconds when one may, and when all."""

    quota: Quota
    left: int
    wait_seconds: int
    full_in_seconds: int

    @property
    def is_refused(self) -> bool:
        return self.wait_seconds > 0


def standing(quota: Quota, taken: Sequence[int]) -> Standing:
    """What the script gave."""
    left, wait, full = taken
    return Standing(quota, left, math.ceil(wait / 1e6), math.ceil(full / 1e6))
