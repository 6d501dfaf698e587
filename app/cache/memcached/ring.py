"""Which node keeps what: the same for all who know the same nodes."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple


class Place(NamedTuple):
    """Where something is kept."""

    node: str
    key: str


class Ring:
    """Rendezvous hashing: a node that is added or removed moves its own share of the keys only."""

    def __init__(self, version: int, nodes: Iterable[str]) -> None:
        self.version = version
        self.nodes = tuple(sorted(set(nodes)))
        # Part of each key: what an earlier ring left behind on a node is never read again.
        self.name = _hash(f"{version} {' '.join(self.nodes)}")[:12]
        self.place = lru_cache(16_384)(self._place)

    def _place(self, kind: str, name: str) -> Place:
        # Hashed: a name may be longer than memcached's 250 bytes, or hold spaces.
        key = f"qc:{kind}:{self.name}:{_hash(name)}"
        return Place(max(self.nodes, key=lambda node: _hash(f"{node} {key}")), key)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
