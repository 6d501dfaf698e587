"""What may part a table, and how its values are spelled."""

import datetime as dt
import uuid
from enum import Enum, IntEnum
from typing import Any

import pytest
from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    TypeDecorator,
    Uuid,
    select,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from app.cache.analysis import read_tags
from app.cache.analysis.tables import NoPartition, partition_columns
from app.cache.analysis.values import spelled

ONE = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Lower(TypeDecorator[str]):
    impl = String
    cache_ok = True


class Colour(Enum):
    RED = 1


class Number(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (Integer(), 7, "7"),
        (String(3), "abc", "abc"),
        (Uuid(), ONE, str(ONE)),
        (Uuid(as_uuid=False), ONE.hex.upper(), str(ONE)),
        (Boolean(), True, "true"),
        (Date(), dt.date(2026, 1, 2), "2026-01-02"),
        (EnumType(Colour), Colour.RED, "RED"),
        (EnumType("a", "b"), "a", "a"),
    ],
)
def test_a_value_has_one_spelling(type_: TypeEngine[object], value: object, text: str) -> None:
    assert spelled(type_, value) == text


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Integer(), True),
        (Integer(), "7"),
        (Integer(), 7.0),
        (Integer(), Number.ONE),
        (Integer(), None),
        (String(3), "abc   "),
        (String(collation="de-x-icu"), "abc"),
        (String().with_variant(CITEXT(), "postgresql"), "abc"),
        (CHAR(3), "abc"),
        (CITEXT(), "abc"),
        (Lower(), "abc"),
        (Uuid(as_uuid=False), "no uuid"),
        (Boolean(), 1),
        (Date(), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
        (DateTime(), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
        (Numeric(), 1),
        (EnumType(Colour), "RED"),
        (EnumType(Colour), 1),
    ],
)
def test_a_value_the_server_may_hold_otherwise_has_none(
    type_: TypeEngine[object], value: object
) -> None:
    assert spelled(type_, value) is None


def a_table(*declared: str, type_: TypeEngine[Any] | None = None) -> Table:
    columns = (Column("id", Integer, primary_key=True), Column("part", type_ or Integer()))
    return Table("parted", MetaData(), *columns, info={"cache_partitions": declared})


def test_a_table_is_parted_by_the_columns_it_declares() -> None:
    assert [column.name for column in partition_columns(a_table("part"))] == ["part"]
    assert partition_columns(a_table()) == ()


@pytest.mark.parametrize(
    "table",
    [a_table("nothing"), a_table("part", type_=Numeric()), a_table("part", type_=CHAR(3))],
    ids=["no such column", "1 and 1.0", "spaces at the end"],
)
def test_a_table_is_not_parted_by_what_has_no_one_spelling(table: Table) -> None:
    with pytest.raises(NoPartition):
        partition_columns(table)


def test_a_class_is_not_parted_by_what_is_no_column() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.raises(NoPartition, match=r"Parted\.line is no column"):

        class Parted(Base):
            __tablename__ = "parted_by_nothing"
            cache_partitions = ("line",)
            id: Mapped[int] = mapped_column(primary_key=True)


def test_a_class_speaks_for_its_table_from_then_on() -> None:
    class Base(DeclarativeBase):
        pass

    table = Table(
        "spoken_for",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("part", Integer),
    )
    asked = select(table).where(table.c.part == 5)
    before = read_tags(asked)

    class Parted(Base):
        __table__ = table
        cache_partitions = ("part",)

    assert before == {"spoken_for"}
    assert read_tags(asked) == {"spoken_for:part=5", "spoken_for:*"}
