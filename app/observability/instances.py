"""Which instances there are: each says so every few seconds, in the cache."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

_KEY = "ops:instances"
# One that has said nothing for so long is gone; one that is gone for an hour is no news.
GONE_AFTER = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(hours=1)


class Instance(msgspec.Struct, frozen=True):
    """An instance as it last spoke of itself."""

    name: str
    version: str
    started_at: datetime
    seen_at: datetime

    def is_gone(self, now: datetime) -> bool:
        """Whether it has been silent for too long."""
        return now - self.seen_at > GONE_AFTER


_decoder = msgspec.json.Decoder(Instance)


class Instances:
    """The roll of instances."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 (redis-py's, of a server or a cluster)
        self._client = client

    def here(self, instance: Instance) -> None:
        """This instance lives."""
        self._client.hset(_KEY, instance.name, msgspec.json.encode(instance))
        old = [
            each.name for each in self.seen() if instance.seen_at - each.seen_at > FORGOTTEN_AFTER
        ]
        if old:
            self._client.hdel(_KEY, *old)

    def seen(self) -> list[Instance]:
        """All that spoke within the last hour, by name."""
        found = self._client.hvals(_KEY)
        return sorted(map(_decoder.decode, found), key=lambda instance: instance.name)
