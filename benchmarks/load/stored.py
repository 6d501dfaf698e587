"""The count: whether everything that was acknowledged is in PostgreSQL, and once."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from app.parts import Parts

DRAINED_SECONDS = 60
# A count's number is the lower half of its id, whose upper half is its run's.
_STORED = {
    "readings": "SELECT value FROM reading WHERE at >= :since",
    "output": "SELECT id FROM output WHERE at >= :since",
}
_LOWER_HALF = (1 << 64) - 1


class Count(NamedTuple):
    """What was acknowledged; lost, stored more than once; stored though nobody said so."""

    acknowledged: int
    lost: int
    doubled: int
    unsaid: int

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled)

    def __str__(self) -> str:
        return (
            f"{self.acknowledged:,} acknowledged, {self.lost:,} lost, {self.doubled:,} "
            f"doubled, {self.unsaid:,} stored without an answer"
        )


def await_drain(parts: Parts) -> bool:
    """Whether the landing streams ran empty in time; an entry leaves them when it is stored."""
    deadline = time.monotonic() + DRAINED_SECONDS
    while parts.landing.waiting():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def count(
    parts: Parts, acknowledged: Iterable[range], *, since: datetime, kind: str = "readings"
) -> Count:
    """Compare the numbers that were acknowledged with those in the table of their kind."""
    with parts.database.transaction() as session:
        values = session.scalars(text(_STORED[kind]), {"since": since})
        stored = Counter(
            int(value) if kind == "readings" else value.int & _LOWER_HALF for value in values
        )
    expected = [number for numbers in acknowledged for number in numbers]
    return Count(
        acknowledged=len(expected),
        lost=sum(number not in stored for number in expected),
        doubled=sum(times > 1 for times in stored.values()),
        unsaid=len(stored.keys() - set(expected)),
    )
