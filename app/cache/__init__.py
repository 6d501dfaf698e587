"""A query cache that serves no stale answer: a read sees every commit that came before it.

To use it in another application (SQLAlchemy 2.1, psycopg2, PostgreSQL, Redis or Valkey):

    store = Store("valkeys://cache:6379/0")
    engine = create_engine(url, connect_args=bracketed(store))    # every COMMIT passes by the cache
    sessions = sessionmaker(engine)
    cache = install(store, engine, sessions)
    LINES = Query(select(Line.id, Line.name).where(Line.plant_id == bindparam("plant")), policy=…)
    with sessions() as session:
        lines = cache.rows(session, LINES, plant=5)                 # immutable records

It needs a table `cache_debt (id, tag)`, and `maxmemory-policy` `volatile-*` or `noeviction`.
"""

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.cache.analysis import Uncacheable, WriteRecorder
from app.cache.answers import Query
from app.cache.bracket import BracketedConnection, connection_class
from app.cache.policy import Policy
from app.cache.query_cache import QueryCache, follow_sessions
from app.cache.store import PASSING, Store

__all__ = [
    "PASSING",
    "Policy",
    "Query",
    "QueryCache",
    "Store",
    "Uncacheable",
    "bracketed",
    "install",
]


def bracketed(store: Store) -> dict[str, object]:
    """The `connect_args` of an engine whose commits pass by this store."""
    return {"connection_factory": connection_class(store)}


def install(store: Store, engine: Engine, sessions: sessionmaker[Session]) -> QueryCache:
    """A cache over an engine that was made with `bracketed(store)`; once for each engine."""
    WriteRecorder(_touch).install(engine)
    follow_sessions(sessions)
    return QueryCache(store, engine)


def _touch(connection: object, tags: frozenset[str]) -> None:
    if isinstance(connection, BracketedConnection):
        connection.touched |= tags
