"""Which near cache an answer may live in, and when it needs no proof."""

import threading

from app.cache import layout
from app.cache.ledger import Noted
from app.cache.near import NearCache
from app.cache.queries import Asked, Query
from app.cache.store import Store

# For all threads of a process together, and for each thread that tracks.
SHARED_BYTES = 32 * 1024 * 1024
OWN_BYTES = 8 * 1024 * 1024


class Nearness(threading.local):
    """A thread's view of the near caches: the process's, and one that is the thread's own.

    The own one is tracked: the server tells this thread's connection what changed, before the next
    reply. No listener thread is the source of truth: it would run when the interpreter lets it.
    """

    def __init__(self, store: Store, shared: NearCache) -> None:
        self._store = store
        self._shared = shared
        self.own = NearCache(OWN_BYTES)
        self._tracks = False

    def cache_for(self, query: Query) -> NearCache | None:
        """Where this query's answers are kept decoded, if they are."""
        if query.policy.near is None:
            return None
        if query.policy.near == "validated" or not self._is_tracked():
            return self._shared
        return self.own

    def follow(self, noted: Noted) -> None:
        """From now on the request's notes know what this thread's connection has heard.

        It never dials: a request that asks nothing must not wait for a cache that is away.
        """
        if self._tracks and (wire := self._store.wire()) is not None:
            noted.wire, noted.replies = wire, wire.replies

    def needs_no_proof(self, noted: Noted | None) -> bool:
        """Whether all commits before this request have been heard of by this thread."""
        return noted is not None and self._tracks and noted.has_talked

    def depends_on(self, query: Query, asked: Asked) -> tuple[bytes, ...]:
        """The server's keys whose change ends an answer in the own cache."""
        if query.policy.near != "tracked" or not self._tracks:
            return ()
        return tuple(key.encode() for key in (layout.EPOCH, *map(layout.token, asked.tags)))

    def _is_tracked(self) -> bool:
        if not self._tracks:
            wire = self._store.wire()
            if wire is None:
                return False
            wire.track((layout.TOKENS, layout.EPOCH), self.own.forget)
            self._tracks = True
        return True
