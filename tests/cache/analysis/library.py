"""A small library whose tables have all that matters: partitions, cascades, inheritance."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SCHEMA = "cachelab"


class Kind(Enum):
    NOVEL = "novel"
    ATLAS = "atlas"


class Base(DeclarativeBase):
    metadata = MetaData(schema=SCHEMA)


class Shelf(Base):
    __tablename__ = "shelf"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    books: Mapped[list["Book"]] = relationship(back_populates="shelf", passive_deletes=True)


class Book(Base):
    __tablename__ = "book"
    cache_partitions = ("shelf_id", "kind")

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(
        ForeignKey("cachelab.shelf.id", ondelete="CASCADE")
    )
    kind: Mapped[Kind]
    title: Mapped[str]
    shelf: Mapped[Shelf | None] = relationship(back_populates="books")


class Loan(Base):
    __tablename__ = "loan"
    cache_partitions = ("book_id",)

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int | None] = mapped_column(ForeignKey("cachelab.book.id", ondelete="SET NULL"))
    due: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(default="")
    book: Mapped[Book | None] = relationship()


class Label(Base):
    """Keyed by text that may be changed, and others follow."""

    __tablename__ = "label"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    words: Mapped[str]


class Pulse(Base):
    """Written all the time, without a word to the cache."""

    __tablename__ = "pulse"
    cache_untagged = True

    id: Mapped[int] = mapped_column(primary_key=True)


class Sticker(Base):
    __tablename__ = "sticker"
    cache_partitions = ("code", "faded", "day", "mark")

    id: Mapped[int] = mapped_column(primary_key=True)
    faded: Mapped[bool] = mapped_column(nullable=True)
    day: Mapped[dt.date | None]
    mark: Mapped[UUID | None]
    code: Mapped[str] = mapped_column(
        ForeignKey("cachelab.label.code", ondelete="CASCADE", onupdate="CASCADE")
    )


class Person(Base):
    __tablename__ = "person"
    __mapper_args__ = {"polymorphic_on": "sort", "polymorphic_identity": "person"}  # noqa: RUF012 SQLAlchemy fixes its type
    cache_partitions = ("city",)

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(String(10))
    city: Mapped[str]


class Member(Person):
    __tablename__ = "member"
    __mapper_args__ = {"polymorphic_identity": "member"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("cachelab.person.id"), primary_key=True)
    level: Mapped[int]


# Two columns name its rows, and it is declared without a class.
seat = Table(
    "seat",
    Base.metadata,
    Column("row", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("floor", Integer),
    info={"cache_partitions": ("floor", "row")},
)

TABLES = {
    table.name: table for table in Base.metadata.sorted_tables if table is not Pulse.__table__
}
# Few values, so that questions and writes meet; some have the marks of tags in them.
VALUES: dict[str, Sequence[object]] = {
    "kind": list(Kind),
    "code": ["a", "b:1", "*"],
    "city": ["x", "y=1"],
    "due": [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
    "day": [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
    "faded": [True, False],
    "mark": [UUID(int=1), UUID(int=2)],
    "sort": ["person", "member"],
}
