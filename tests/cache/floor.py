"""A small table, a cache over it, and what readers and writers do: shared by the tests here."""

import time
from datetime import timedelta
from typing import Literal

import psycopg2
import psycopg2.extensions
from redis import Redis
from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

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


class Base(DeclarativeBase):
    metadata = metadata


class Item(Base):
    __table__ = item


debt = Table(
    "cache_debt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tag", Text),
    Column("owed_by", BigInteger),
)

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

    def __init__(
        self,
        database_url: str,
        cache_url: str,
        *,
        check_one_in: int = 10_000,
        away: Literal["owe", "refuse", "fence"] = "owe",
        fenced: bool = False,
        store: Store | None = None,
        answers: bool = True,
    ) -> None:
        self.urls = (database_url, cache_url)
        self._database_url = database_url
        self._cache_url = cache_url
        url = database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
        self.store: Store = store or open_store(cache_url, fenced=fenced)
        self.plain: Engine = create_engine(url)
        self._away: Literal["owe", "refuse", "fence"] = away
        self.engine: Engine = create_engine(url, connect_args=self.bracket())
        self.sessions = sessionmaker(self.engine)
        self._asking: psycopg2.extensions.connection | None = None
        self.aside: Engine = create_engine(url)
        self.cache: QueryCache = install(
            self.store,
            self.engine,
            self.sessions,
            aside=self.aside,
            answers=answers,
            check_one_in=check_one_in,
        )

    def bracket(self) -> dict[str, object]:
        """How its engine's commits pass by the store."""
        return bracketed(self.store, away=self._away)

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
        counts = self.cache.counts.items()
        return sum(count for (_, how), count in counts if how in ("hit", "near"))

    def redis(self) -> Redis:
        return Redis.from_url(self._cache_url.replace("valkey://", "redis://"))

    def warm(self) -> None:
        """Read until the epoch is open: a new server's opens when older transactions have ended."""
        deadline = time.monotonic() + 20
        while self.outcome(0) not in ("fill", "hit"):
            assert time.monotonic() < deadline, "the epoch did not open"
            time.sleep(0.01)

    def read(self, id_: int) -> int:
        with self.sessions() as session:
            (record,) = self.cache.rows(session, BY_ID, id=id_)
            return int(record.n)

    def outcome(self, id_: int = 1) -> str:
        """How an answer for this row comes about just now."""
        with self.cache.noting() as noted:
            self.read(id_)
        return noted.outcomes[-1]

    def read_all(self) -> dict[int, int]:
        """What the cache says of all rows."""
        with self.sessions() as session:
            return {record.id: record.n for record in self.cache.rows(session, ALL)}

    def all_in_truth(self) -> dict[int, int]:
        """What the database says of all rows."""
        with self.plain.connect() as connection:
            return {row.id: row.n for row in connection.execute(ALL.statement)}

    def truth(self, id_: int) -> int:
        with self.plain.connect() as connection:
            return int(connection.scalar(select(item.c.n).where(item.c.id == id_)) or 0)

    def truths(self) -> list[int]:
        """All rows as the database shows them now, asked as cheaply as can be."""
        if self._asking is None:
            self._asking = self.raw_connection()
            self._asking.autocommit = True
        with self._asking.cursor() as cursor:
            cursor.execute("SELECT n FROM cached_item ORDER BY id")
            return [n for (n,) in cursor.fetchall()]

    def write(self, id_: int) -> int:
        """Count one up in a transaction, and say what was committed."""
        with self.sessions.begin() as session:
            return count_up(session, id_)

    def hang_up(self) -> None:
        for engine in (self.plain, self.engine, self.aside):
            engine.dispose()
        self.cache.close()

    def close(self) -> None:
        if self._asking is not None:
            self._asking.close()
        metadata.drop_all(self.plain)
        self.hang_up()


def debts(floor: Floor) -> list[str]:
    """The tags that somebody still owes."""
    with floor.plain.connect() as connection:
        return list(connection.scalars(select(debt.c.tag)))


def count_up(session: Session, id_: int) -> int:
    session.execute(item.update().where(item.c.id == id_).values(n=item.c.n + 1))
    return int(session.scalar(select(item.c.n).where(item.c.id == id_)) or 0)


def dead_writer(floor: Floor, *, committed: bool) -> None:
    """A writer that closes its tag, perhaps commits, and is never heard of again."""
    raw = floor.raw_connection()
    with raw.cursor() as cursor:
        cursor.execute("UPDATE cached_item SET n = n + 1 WHERE id = 1")
        cursor.execute("SELECT pg_current_xact_id()::text")
        (transaction,) = cursor.fetchone() or ("",)
    floor.store.close(transaction, ["cached_item", "cached_item:1"], now=time.time() - 60)
    if committed:
        raw.commit()
    raw.close()
