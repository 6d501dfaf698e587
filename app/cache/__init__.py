"""A query cache that serves no stale answer: a read sees every commit that came before it.

To use it in another application (SQLAlchemy 2.1, psycopg2, PostgreSQL, Redis or Valkey):

    store = open_store("valkeys://cache:6379/0")                  # ?cluster=true for a cluster
    engine = create_engine(url, connect_args=bracketed(store))    # every COMMIT passes by the cache
    sessions = sessionmaker(engine)
    cache = install(store, engine, sessions, aside=create_engine(url))
    LINES = Query(select(Line.id, Line.name).where(Line.plant_id == bindparam("plant")), …)
    with sessions() as session:
        lines = cache.rows(session, LINES, plant=5)               # immutable records

It needs a table `cache_debt (id, tag, owed_by bigint)`, and a server whose `maxmemory-policy` is
`volatile-*` or `noeviction`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from app.cache.analysis import Unanalysable, Uncacheable
from app.cache.bracket import Away, BracketedConnection, CacheAway, connection_class
from app.cache.cluster import ClusterStore
from app.cache.counts import SPARED, Count, Counts, counts
from app.cache.ledger import OUTCOMES, Noted
from app.cache.memcached import MemcachedStore
from app.cache.policy import Policy
from app.cache.queries import QUERIES, Entity, Query
from app.cache.query_cache import QueryCache
from app.cache.store import PASSING, Store
from app.cache.touching import follow_sessions, follow_writes
from app.cache.valkey import ValkeyStore

__all__ = [
    "OUTCOMES",
    "PASSING",
    "QUERIES",
    "SPARED",
    "CacheAway",
    "Count",
    "Counts",
    "Entity",
    "Noted",
    "Policy",
    "Query",
    "QueryCache",
    "Store",
    "Unanalysable",
    "Uncacheable",
    "bracketed",
    "counts",
    "install",
    "open_store",
]


def open_store(
    url: str, *, fenced: bool = False, options: Mapping[str, Any] | None = None
) -> Store:
    """The engine behind a URL; it dials on first use.

    `fenced` is for writers with `away="fence"`, in all processes or in none. Raises `ValueError`
    for engines that cannot be. `options` are redis-py's own, for its `Redis` or `RedisCluster`.
    """
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query))
    is_cluster = said.pop("cluster", "") == "true"
    if fenced and (is_cluster or parts.scheme.startswith("memcached")):
        raise ValueError("a fence needs one Valkey or Redis server")
    if parts.scheme.startswith("memcached"):
        return MemcachedStore(url)
    plain = parts._replace(query=urlencode(said)).geturl()
    if is_cluster:
        return ClusterStore(plain, options=options)
    return ValkeyStore(plain, fenced=fenced, options=options)


def bracketed(store: Store, *, away: Away = "owe") -> dict[str, object]:
    """The `connect_args` of an engine whose commits pass by this store.

    `away` is what a commit does when the cache cannot be told: `owe` keeps the tags as debts in
    the same transaction, for `QueryCache.pay`; `refuse` raises `CacheAway` and nothing is written;
    `fence` owes and waits two seconds, so that nobody is answered from before. For that the store
    must be opened as `fenced`, in all processes, and somebody must pay once a second.
    """
    if away == "fence" and not (isinstance(store, ValkeyStore) and store.is_fenced):
        raise ValueError("a fence needs a store of one Valkey server that is opened as fenced")
    return {"connection_factory": connection_class(store, away)}


def install(
    store: Store,
    engine: Engine,
    sessions: sessionmaker[Session],
    *,
    aside: Engine,
    answers: bool = True,
    check_one_in: int = 10_000,
) -> QueryCache:
    """A cache over an engine that was made with `bracketed(store)`; once for each engine.

    `aside` is a plain engine on the same primary, for the cache's own questions: they must not wait
    for a connection that the request holds. One in `check_one_in` hits is compared with it. A cache
    that `answers` nothing asks the database each time, and still tells others of commits.
    """
    cache = QueryCache(store, aside, answers=answers, check_one_in=check_one_in)
    follow_writes(engine)
    follow_sessions(sessions)

    @event.listens_for(engine, "connect")
    def connected(raw: object, _: object) -> None:
        if isinstance(raw, BracketedConnection):
            raw.after_commit = cache.written
            raw.fence = cache.fence.wait if cache.fence is not None else None

    return cache
