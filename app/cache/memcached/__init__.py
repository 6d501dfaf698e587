"""The query cache on memcached: the same promises from servers that may forget anything.

    store = MemcachedStore("memcached://a:11211,b:11211")
    store = MemcachedStore("memcached+discovery://cache.cfg.example:11211")  # ElastiCache; ?poll=2

`memcacheds` in place of `memcached` is TLS: to the endpoint, and to each node under its own name.

This is row 15 of the model in tests/cache/model. All that is known of a tag is one value: token,
registered writers, and what it waits for. A tag that is missing is minted closed, and opens when
every transaction that was in flight then has ended; so a writer has nothing to do for a tag that is
missing, and an eviction, a restart or `flush_all` costs misses.

**Nodes.** Each client counts on the same nodes. One that is away costs misses: no client takes it
off the ring by itself, as two clients with different rings would close a tag at one node and read
it at another. A list in the URL is fixed: all processes that share it are stopped to change it.

**Growing and shrinking in use** needs discovery. Whatever a client does, the endpoint confirmed
its ring less than `poll` ago. For two polls after a new version it writes to the old ring and to
the new, and does not read; and a process that has just started waits one poll with its first write,
since it cannot know of a ring before its own. The limit: all clients must be shown a new version
within one poll of the first. A ring's keys are its own: nothing comes back with an earlier ring.

**Not strict**: a tag that is evicted while a statement under AUTOCOMMIT runs is not closed for it,
as PostgreSQL has no number yet for what will be written; readers see the write once it returned.
memcached must not be started with `-e` (restart with old data) nor with `-C` (no `cas`).
"""

from app.cache.memcached.store import MemcachedStore

__all__ = ["MemcachedStore"]
