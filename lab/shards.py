"""A Valkey cluster of six: three primaries, a replica each, on free ports of the loopback."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from redis.crc import key_slot

from lab.engines import START_SECONDS, EngineFailed, Valkey, free_port

SLOTS = 16384
# Nodes that hear nothing of one for so long elect its replica. Short: tests wait for it.
NODE_TIMEOUT_MS = 2000


class Shard(Valkey):
    """One node of the cluster."""

    bus_port = 0

    def replication(self, what: str) -> str:
        """A field of its INFO."""
        with self.client() as client:
            return str(client.info("replication").get(what))

    def _settings(self) -> str:
        # By default the nodes talk ten thousand ports higher, which may be more than there are.
        self.bus_port = free_port(preferred=self.bus_port)
        return (
            f"bind 127.0.0.1\nport {self.port}\ncluster-port {self.bus_port}\n"
            f"requirepass {self.password}\nprimaryauth {self.password}\n"
            f'dir "{self.folder}"\nappendonly no\nsave ""\nmaxmemory-policy volatile-ttl\n'
            f"cluster-enabled yes\ncluster-node-timeout {NODE_TIMEOUT_MS}\n"
            "cluster-replica-validity-factor 0\nrepl-diskless-sync-delay 0\n"
        )


class Cluster:
    """Six nodes that know one another; `url` leads to all of them."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [Shard(folder / f"node-{number}") for number in range(6)]
        for node in self.nodes:
            node.password = self.nodes[0].password

    @property
    def url(self) -> str:
        node = self.nodes[0]
        return f"valkey://:{node.password}@127.0.0.1:{node.port}/0?cluster=true"

    def start(self) -> Self:
        """Start all, share the slots out, and wait until each node finds all of them served."""
        for node in self.nodes:
            node.start()
        first, primaries, replicas = self.nodes[0], self.nodes[:3], self.nodes[3:]
        for node in self.nodes[1:]:
            first.ask("CLUSTER", "MEET", "127.0.0.1", str(node.port), str(node.bus_port))
        for number, node in enumerate(primaries):
            share = [str(number * SLOTS // 3), str((number + 1) * SLOTS // 3 - 1)]
            node.ask("CLUSTER", "ADDSLOTSRANGE", *share)
        self.wait_until(lambda: all(self._says(node, b"known_nodes:6") for node in self.nodes))
        for primary, replica in zip(primaries, replicas, strict=True):
            replica.ask("CLUSTER", "REPLICATE", primary.ask("CLUSTER", "MYID").decode())
        self.wait_until(lambda: all(self._says(node, b"cluster_state:ok") for node in self.nodes))
        self.wait_until(
            lambda: all(node.replication("master_link_status") == "up" for node in replicas)
        )
        return self

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()

    def serving(self, key: str) -> Shard:
        """The primary that has this key, if it answers."""
        slot = key_slot(key.encode())
        for node in self.nodes:
            for first, last, (_, port, *_), *_ in node.ask("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return next(one for one in self.nodes if one.port == port)
        raise EngineFailed(f"nobody serves slot {slot}")

    def replica_of(self, primary: Shard) -> Shard:
        """The node that takes over when this one dies."""
        return self.nodes[self.nodes.index(primary) + 3]

    def wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise EngineFailed(f"the cluster is not ready after {START_SECONDS} s")
            time.sleep(0.05)

    @staticmethod
    def _says(node: Shard, what: bytes) -> bool:
        return what in bytes(node.ask("CLUSTER", "INFO"))
