"""The cache of a fleet: a primary with replicas behind stable addresses, or a cluster of shards."""

from pathlib import Path

from redis.exceptions import RedisError

from lab import replicas, shards
from lab.door import Door
from lab.engines import Valkey
from lab.replicas import Replicas

SHAPES = ("replicas", "cluster")


class Replicated:
    """A primary with two replicas; each instance has an address of its own to it."""

    def __init__(self, folder: Path) -> None:
        self.group = Replicas(folder)
        self.doors: dict[str, Door] = {}

    def start(self) -> None:
        self.group.start()

    def stop(self) -> None:
        self.group.stop()

    def url_for(self, name: str) -> str:
        if name not in self.doors:
            self.doors[name] = self.group.door()
        return self.group.url(self.doors[name])

    def roles(self) -> list[str]:
        return self.group.roles()

    def primaries(self) -> list[Valkey]:
        return [self.group.primary]


class Sharded:
    """Three primaries with a replica each, which see to failovers themselves."""

    def __init__(self, folder: Path) -> None:
        self.shards = shards.Cluster(folder)

    def start(self) -> None:
        self.shards.start()

    def stop(self) -> None:
        self.shards.stop()

    def url_for(self, name: str) -> str:
        return self.shards.url

    def roles(self) -> list[str]:
        return [f"{node.folder.name} {_role(node)}" for node in self.shards.nodes]

    def primaries(self) -> list[Valkey]:
        return [node for node in self.shards.nodes if _role(node) == "primary"]


Cache = Replicated | Sharded


def cache_of(shape: str, folder: Path) -> Cache:
    """The cache in that shape, not started."""
    return Sharded(folder) if shape == "cluster" else Replicated(folder)


def _role(node: shards.Shard) -> str:
    try:
        return replicas.role_in_words(node.replication("role"))
    except RedisError:
        return "down"
