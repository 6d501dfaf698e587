"""A query cache that serves no stale answer: a read sees every commit that came before it.

To use it in another application (SQLAlchemy 2.1, psycopg2, PostgreSQL, Redis or Valkey):

    store = open_store("valkeys://cache:6379/0")                  # ?cluster=true for a cluster
    engine = create_engine(url, connect_args=bracketed(store))    # every COMMIT passes by the cache
    sessions = sessionmaker(engine)
    cache = install(store, engine, sessions, aside=create_engine(url))
    LINES = Query(select(Line.id, Line.name).where(Line.plant_id == bindparam("plant")), …)
    with sessions() as session:
        lines = cache.rows(session, LINES, plant=5)               # immutable records

It needs a table `cache_debt (id, tag)`, and `maxmemory-policy` `volatile-*` or `noeviction`.
"""

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from app.cache.analysis import Unanalysable, Uncacheable
from app.cache.bracket import Away, BracketedConnection, CacheAway, connection_class
from app.cache.cluster import ClusterStore
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
    "CacheAway",
    "Entity",
    "Noted",
    "Policy",
    "Query",
    "QueryCache",
    "Store",
    "Unanalysable",
    "Uncacheable",
    "bracketed",
    "install",
    "open_store",
]


def open_store(url: str) -> Store:
    """The engine behind a URL; it dials on first use."""
    if url.startswith("memcached"):
        return MemcachedStore(url)
    if "cluster=true" in url.partition("?")[2]:
        return ClusterStore(url)
    return ValkeyStore(url)


def bracketed(store: Store, *, away: Away = "owe") -> dict[str, object]:
    """The `connect_args` of an engine whose commits pass by this store.

    `away` is what a commit does when the cache cannot be told: `owe` keeps the tags as debts in
    the same transaction, for `QueryCache.pay`; `refuse` raises `CacheAway` and nothing is written.
    """
    return {"connection_factory": connection_class(store, away)}


def install(
    store: Store,
    engine: Engine,
    sessions: sessionmaker[Session],
    *,
    aside: Engine,
    check_one_in: int = 10_000,
) -> QueryCache:
    """A cache over an engine that was made with `bracketed(store)`; once for each engine.

    `aside` is a plain engine on the same primary, for the cache's own questions: they must not wait
    for a connection that the request holds. One in `check_one_in` hits is compared with it.
    """
    cache = QueryCache(store, aside, check_one_in=check_one_in)
    follow_writes(engine)
    follow_sessions(sessions)

    @event.listens_for(engine, "connect")
    def connected(raw: object, _: object) -> None:
        if isinstance(raw, BracketedConnection):
            raw.after_commit = cache.written

    return cache
