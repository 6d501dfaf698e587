"""The last hour of a few numbers, kept in the cache for all who look."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

EVERY = timedelta(seconds=5)
KEPT = timedelta(hours=1)
_STREAM, _TURN = "ops:{series}", "ops:{series}:turn"


class Sample(NamedTuple):
    """Numbers of one moment, by the cache's clock."""

    at: datetime
    numbers: dict[str, float]


class Series:
    """Samples that whoever's turn it is adds, one in `EVERY` however many there are."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 (redis-py's, of a server or a cluster)
        self._client = client

    def takes_turn(self, who: str) -> bool:
        """Whether the caller is to add the next sample."""
        # A little shorter, so that whoever comes every `EVERY` does not find its own turn there.
        return bool(self._client.set(_TURN, who, nx=True, px=EVERY - timedelta(milliseconds=500)))

    def add(self, numbers: Mapping[str, float]) -> None:
        """Keep the numbers, and forget those of more than an hour ago."""
        # It carries no time to live, so it is not evicted; its length bounds it.
        self._client.xadd(_STREAM, dict(numbers), maxlen=KEPT // EVERY, approximate=True)

    def recent(self) -> list[Sample]:
        """The samples of the last hour, the oldest first."""
        found = self._client.xrevrange(_STREAM, count=KEPT // EVERY)
        return [_sample(id_, fields) for id_, fields in reversed(found)]


def rates(samples: Sequence[Sample], name: str) -> list[tuple[datetime, float]]:
    """How fast a total grew between one sample and the next, a second; a restart is no fall."""
    return [
        (
            after.at,
            max(0.0, after.numbers[name] - before.numbers[name])
            / max((after.at - before.at).total_seconds(), 0.001),
        )
        for before, after in pairwise(samples)
        if name in before.numbers and name in after.numbers
    ]


def levels(samples: Sequence[Sample], name: str) -> list[tuple[datetime, float]]:
    """A number as it was at each sample."""
    return [(sample.at, sample.numbers[name]) for sample in samples if name in sample.numbers]


def _sample(id_: bytes, fields: Mapping[bytes, bytes]) -> Sample:
    at = datetime.fromtimestamp(int(id_.partition(b"-")[0]) / 1000, UTC)
    return Sample(at, {name.decode(): float(value) for name, value in fields.items()})
