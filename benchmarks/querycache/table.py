"""The 20 rows that everybody caches: six columns, of the kinds that pages show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    bindparam,
    create_engine,
    select,
)

SHELVES = 8
ROWS = 20
NAME = "bench_item"

metadata = MetaData()
item = Table(
    NAME,
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shelf", Integer, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("amount", Numeric(12, 2), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    info={"cache_partitions": ("shelf",)},
)
debt = Table("cache_debt", metadata, Column("id", Integer, primary_key=True), Column("tag", Text))

OF_SHELF = select(item).where(item.c.shelf == bindparam("shelf")).order_by(item.c.id)


def id_of(shelf: int, row: int) -> int:
    return shelf * ROWS + row


def lay_out(engine: Engine) -> None:
    """The table as it is at the start: every amount 0."""
    metadata.drop_all(engine)
    metadata.create_all(engine)
    rows = [
        {
            "id": id_of(shelf, row),
            "shelf": shelf,
            "name": f"bearing 6205-2RS/{row:02}",
            "note": "deep groove, sealed, 25 by 52 by 15 mm",
            "amount": Decimal(0),
            "changed_at": datetime(2026, 3, 29, 1, 30, tzinfo=UTC) + timedelta(minutes=row),
        }
        for shelf in range(SHELVES)
        for row in range(ROWS)
    ]
    with engine.begin() as connection:
        connection.execute(item.insert(), rows)


def make_engine(database_url: str, **arguments: object) -> Engine:
    """An engine as applications make one."""
    url = database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    return create_engine(url, connect_args=arguments)
