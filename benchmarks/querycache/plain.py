"""What there is without a query cache: a GET, and the query itself."""

from decimal import Decimal

import msgspec
from redis import Redis
from sqlalchemy import bindparam, select
from sqlalchemy.orm import DeclarativeBase, Mapped

from benchmarks.querycache.contender import Contender, OnSqlalchemy, Rows
from benchmarks.querycache.table import item

KEY = "bare"


class BareGet(Contender):
    """A GET of the 20 rows' bytes by redis-py as it comes: no key to find, nothing decoded."""

    one_connection = False

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self._redis = Redis.from_url(self.cache_url, single_connection_client=self.one_connection)
        asked = Core(database_url, cache_url)
        self._redis.set(KEY, msgspec.msgpack.encode(asked.read(0)))

    def read(self, shelf: int) -> Rows:
        body: Rows = self._redis.get(KEY)  # type: ignore[assignment] # redis-py types both clients
        return body


class GetOfItsOwn(BareGet):
    """The same by a client that has a connection of its own, and no pool."""

    one_connection = True


class Core(OnSqlalchemy):
    """The query, by SQLAlchemy Core in a new session."""

    def read(self, shelf: int) -> Rows:
        return self.query(shelf)


class Base(DeclarativeBase):
    metadata = item.metadata


class Item(Base):
    __table__ = item
    amount: Mapped[Decimal]


class Orm(OnSqlalchemy):
    """The query, by SQLAlchemy's ORM: 20 new objects."""

    _statement = select(Item).where(item.c.shelf == bindparam("shelf")).order_by(item.c.id)

    def read(self, shelf: int) -> Rows:
        with self.sessions() as session:
            return session.scalars(self._statement, {"shelf": shelf}).all()

    def amount(self, row: Item) -> int:
        return int(row.amount)
