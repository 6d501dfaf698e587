"""The same steps on a cluster of shards (row 13 of the model: entry and tokens are read apart).

A table's tags, their registrations and the table's epoch share a slot, so that each script and each
look at a table is one node's business. An answer lies wherever its own name puts it: it carries its
seal, and need not be read at the same moment.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ReadOnlyError
from redis.retry import Retry

from app.cache import layout
from app.cache.store import TIMEOUT_SECONDS, Sight
from app.cache.valkey import BLIND, ValkeyStore, names, new_epoch
from app.cache.wire import Wire, with_known_scheme

# A slot that moves twice during one look is not worth a third.
TRIES = 3


class ClusterStore(ValkeyStore):
    """All shards of one cluster; each thread has connections of its own to them."""

    is_one_server = False

    def __init__(self, url: str, *, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(url, options=options)
        self._joined: WeakSet[RedisCluster] = WeakSet()
        self._own = _Own(self._join)

    def look(self, digest: str, tags: tuple[str, ...]) -> Sight:
        epochs, tokens, answer = self._seen(digest, self.groups(tags))
        if not self._evicts_answers_only:
            return BLIND
        return Sight([*epochs, *(tokens[tag] for tag in tags)], answer)

    def validate(self, tags: tuple[str, ...]) -> Sight:
        return self.look("", tags)

    def groups(self, tags: Iterable[str]) -> list[tuple[str, list[str]]]:
        by_table: dict[str, list[str]] = {}
        for tag in tags:
            by_table.setdefault(layout.table(tag), []).append(tag)
        return [(layout.epoch(table), together) for table, together in by_table.items()]

    def flush(self) -> None:
        for key in self.client.scan_iter(match=f"{layout.EPOCH}*", target_nodes="primaries"):
            self.close_epoch(key.decode())

    def count(self, counts: Mapping[str, int]) -> None:
        for name, number in counts.items():
            self.client.hincrby(layout.COUNTS, name, number)

    def hang_up(self) -> None:
        for cluster in list(self._joined):
            cluster.close()

    def wire(self) -> Wire | None:
        """None: tokens change on every shard, and a request talks to some of them only."""
        return None

    @property
    def client(self) -> Any:  # noqa: ANN401 (redis-py's types know no bytes-only client)
        return self._own.cluster()

    def _seen(
        self, digest: str, groups: Sequence[tuple[str, Sequence[str]]]
    ) -> tuple[list[bytes | None], dict[str, bytes | None], bytes | None]:
        """Epochs, tokens and the answer, from nodes whose identity is known: one trip to each."""
        epochs = [epoch for epoch, _ in groups]
        for _ in range(TRIES):
            self._verify(epochs)
            with self.client.pipeline() as pipeline:
                for epoch, together in groups:
                    pipeline.execute_command("MGET", epoch, *map(layout.token, together))
                if digest:
                    pipeline.get(layout.entry(digest))
                replies = pipeline.execute()
            if all(map(self._is_verified, epochs)):
                answer = replies.pop() if digest else None
                of_groups = (tag for _, together in groups for tag in together)
                tokens = (token for reply in replies for token in reply[1:])
                return (
                    [reply[0] for reply in replies],
                    dict(zip(of_groups, tokens, strict=True)),
                    answer,
                )
        raise Unreachable("the cluster's slots are moving")

    def _verify(self, epochs: Iterable[str]) -> None:
        """Close the epochs that name another server than the node they are on.

        A promoted replica may lack the last writes. It is another node, or the same one over a new
        connection: both are asked whose data they have before they are believed.
        """
        for key in epochs:
            if self._is_verified(key):
                continue
            node = self.client.get_node_from_key(key).name
            whose = self._identity_of(key)
            epoch = self.client.get(key)
            if epoch is None or not names(epoch, whose):
                self.client.set(key, new_epoch(whose))
            self._own.verified[key] = node

    def _is_verified(self, key: str) -> bool:
        node = self.client.get_node_from_key(key)
        return bool(self._own.verified.get(key) == node.name)

    def _identity_of(self, key: str) -> bytes:
        node = self.client.get_node_from_key(key)
        memory = self.client.info("memory", target_nodes=node)
        self.heed(str(memory.get("maxmemory_policy", "unknown")).encode())
        told = self.client.info("replication", target_nodes=node)
        if told.get("role") != "master":
            raise ReadOnlyError("the slot's node is a replica")
        return str(told["master_replid"]).encode()

    def _new_epoch(self, key: str) -> bytes:
        return new_epoch(self._identity_of(key))

    def _join(self, dialled: Callable[[Any], None]) -> RedisCluster:
        cluster = RedisCluster.from_url(
            with_known_scheme(self._url),
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),
            redis_connect_func=dialled,
            **(self._options or {}),
        )
        self._joined.add(cluster)
        return cluster


class _Own(threading.local):
    """A thread's cluster client, and which node each epoch was verified on."""

    def __init__(self, join: Callable[[Callable[[Any], None]], RedisCluster]) -> None:
        self._join = join
        self._cluster: RedisCluster | None = None
        self.verified: dict[str, str] = {}

    def cluster(self) -> RedisCluster:
        if self._cluster is None:
            self._cluster = self._join(self._dialled)
        return self._cluster

    def _dialled(self, connection: Any) -> None:  # noqa: ANN401 (redis-py types it loosely)
        node = f"{connection.host}:{connection.port}"
        self.verified = {key: name for key, name in self.verified.items() if name != node}
