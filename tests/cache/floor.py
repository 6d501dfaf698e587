"""A small table, a cache over it, and what readers and writers do: shared by the tests here."""

from datetime import timedelta

import psycopg2
import psycopg2.extensions
from redis import Redis
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    select,
)
from sqlalchemy.orm import Session, sessionmaker

from app.cache import Policy, Query, QueryCache, Store, bracketed, install, open_store

metadata = MetaData()
item = Table(
    "cached_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shelf", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("name", Text, nullable=False),
    info={"cache_partitions": ("shelf",)},
)
debt = Table("cache_debt", metadata, Column("id", Integer, primary_key=True), Column("tag", Text))

MINUTES = Policy(fresh_for=timedelta(minutes=5))
BY_ID = Query(select(item).where(item.c.id == bindparam("id")), name="item", policy=MINUTES)
BY_SHELF = Query(
    select(item.c.id, item.c.n).where(item.c.shelf == bindparam("shelf")).order_by(item.c.id),
    name="shelf",
    policy=MINUTES,
)
ALL = Query(select(item.c.id, item.c.n).order_by(item.c.id), name="all", policy=MINUTES)
ROWS = 8


class Floor:
    """One process's view: a cache over a bracketed engine, and sessions."""

    def __init__(self, database_url: str, cache_url: str, *, store: Store | None = None) -> None:
        self._database_url = database_url
        self._cache_url = cache_url
        url = database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
        self.store: Store = store or open_store(cache_url)
        self.plain: Engine = create_engine(url)
        self.engine: Engine = create_engine(url, connect_args=bracketed(self.store))
        self.sessions = sessionmaker(self.engine)
        self.aside: Engine = create_engine(url)
        self.cache: QueryCache = install(self.store, self.engine, self.sessions, aside=self.aside)

    def raw_connection(self) -> psycopg2.extensions.connection:
        """A connection that no cache knows of."""
        return psycopg2.connect(self._database_url)

    def lay_out(self) -> None:
        metadata.drop_all(self.plain)
        metadata.create_all(self.plain)
        with self.plain.begin() as connection:
            rows = [{"id": n, "shelf": n % 2, "n": 0, "name": "x" * 40} for n in range(ROWS)]
            connection.execute(item.insert(), rows)

    def hits(self) -> int:
        return sum(count for (_, how), count in self.cache.counts.items() if how == "hit")

    def redis(self) -> Redis:
        return Redis.from_url(self._cache_url.replace("valkey://", "redis://"))

    def warm(self) -> None:
        """Read until the epoch is open: a new server's opens when older transactions have ended."""
        for _ in range(50):
            with self.cache.noting() as noted:
                self.read(0)
            if noted.worst in ("fill", "hit"):
                return

    def read(self, id_: int) -> int:
        with self.sessions() as session:
            (record,) = self.cache.rows(session, BY_ID, id=id_)
            return int(record.n)

    def outcome(self, id_: int = 1) -> str:
        """How an answer for this row comes about just now."""
        with self.cache.noting() as noted:
            self.read(id_)
        return noted.outcomes[-1]

    def truth(self, id_: int) -> int:
        with self.plain.connect() as connection:
            return int(connection.scalar(select(item.c.n).where(item.c.id == id_)) or 0)

    def write(self, id_: int) -> int:
        """Count one up in a transaction, and say what was committed."""
        with self.sessions.begin() as session:
            return count_up(session, id_)

    def hang_up(self) -> None:
        for engine in (self.plain, self.engine, self.aside):
            engine.dispose()

    def close(self) -> None:
        metadata.drop_all(self.plain)
        self.hang_up()


def debts(floor: Floor) -> list[str]:
    """The tags that somebody still owes."""
    with floor.plain.connect() as connection:
        return list(connection.scalars(select(debt.c.tag)))


def count_up(session: Session, id_: int) -> int:
    session.execute(item.update().where(item.c.id == id_).values(n=item.c.n + 1))
    return int(session.scalar(select(item.c.n).where(item.c.id == id_)) or 0)
