"""All nodes of the rings, and changing what they keep."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from redis.exceptions import TimeoutError as TimedOut

from app.cache.memcached.node import Held, Node
from app.cache.memcached.ring import Place, Ring
from app.cache.memcached.tag import Tag, read, written
from app.cache.memcached.tls import Tls
from app.cache.store import PASSING, TOKEN_TTL

# A tag that changes under so many tries in a row has more writers than a cache can help.
TRIES = 32
TAG = "tag"
TAG_SECONDS = round(TOKEN_TTL.total_seconds())

Value = TypeVar("Value")
# What a tag becomes; the same, or None, for no change.
Change = Callable[[Tag | None], Tag | None]


class Pool:
    """The nodes that any ring named so far; their connections are kept."""

    def __init__(self, tls: Tls | None = None) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        self._nodes: dict[str, Node] = {}

    def node(self, address: str) -> Node:
        known = self._nodes.get(address)
        if known is None:
            with self._lock:
                known = self._nodes.setdefault(address, Node(address, self._tls))
        return known

    def hang_up(self) -> None:
        """Close all connections."""
        for node in list(self._nodes.values()):
            node.hang_up()

    def get(self, places: Iterable[Place]) -> dict[Place, bytes]:
        """The values that are there, on the nodes that answer; a fault once all are away."""
        return self._ask(places, Node.get)

    def hold(self, places: Iterable[Place]) -> dict[Place, Held]:
        """The same, to be changed by `swap`."""
        return self._ask(places, Node.hold)

    def add(self, place: Place, tag: Tag) -> bool:
        """Keep a tag where there is none."""
        return self.node(place.node).add(place.key, written(tag), seconds=TAG_SECONDS)

    def swap(self, place: Place, held: Held, tag: Tag) -> bool:
        """Keep a tag, if there is still what was held."""
        return self.node(place.node).swap(place.key, held, written(tag), seconds=TAG_SECONDS)

    def change(self, ring: Ring, tags: Iterable[str], change: Change) -> Exception | None:
        """Change each tag by compare and swap. Every node is tried; the last fault is given.

        Tags on nodes that answer are closed even if another is away: only who can reach what this
        client cannot might be answered from before.
        """
        fault = None
        for address, places in _by_node(ring.place(TAG, tag) for tag in tags).items():
            try:
                self._change(self.node(address), places, change)
            except PASSING as one:
                fault = one
        return fault

    def _change(self, node: Node, places: Sequence[Place], change: Change) -> None:
        left = [place.key for place in places]
        for _ in range(TRIES):
            held = node.hold(left)
            left = [key for key in left if not _changed(node, key, held.get(key), change)]
            if not left:
                return
        raise TimedOut(f"{node.address}: a tag is changed by too many at once")

    def _ask(
        self, places: Iterable[Place], question: Callable[[Node, list[str]], dict[str, Value]]
    ) -> dict[Place, Value]:
        found: dict[Place, Value] = {}
        fault = None
        for address, together in _by_node(places).items():
            try:
                values = question(self.node(address), [place.key for place in together])
            except PASSING as one:
                fault = one
                continue
            found |= {place: values[place.key] for place in together if place.key in values}
        # As long as one node answers, the cache is not away: others are to be asked for the rest.
        if fault is not None and all(node.is_away for node in list(self._nodes.values())):
            raise fault
        return found


def _changed(node: Node, key: str, held: Held | None, change: Change) -> bool:
    """Whether the key is as it should be; else it changed meanwhile, and is to be tried again."""
    before = None if held is None else read(held.value)
    after = change(before)
    if after is None or after is before:
        return True
    if held is None:
        return node.add(key, written(after), seconds=TAG_SECONDS)
    return node.swap(key, held, written(after), seconds=TAG_SECONDS)


def _by_node(places: Iterable[Place]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(place.node, []).append(place)
    return found
