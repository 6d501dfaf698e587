"""What is refused: answers no tag can guard, and statements nobody can analyse."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import (
    Executable,
    Integer,
    MetaData,
    Sequence,
    Table,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    lambda_stmt,
    literal_column,
    select,
    table,
    tablesample,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import selectinload, with_loader_criteria
from sqlalchemy.sql.ddl import CreateView
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Date

from app.cache.analysis import Unanalysable, Uncacheable, read_tags
from tests.cache.analysis.library import Book, Loan, Pulse, Shelf


class Anything(FunctionElement[int]):
    name = "lower"
    inherit_cache = True


@compiles(Anything)
def _render(*_: object, **__: object) -> str:
    return "(SELECT count(*) FROM cachelab.loan)"


view = CreateView(select(Book.id), "books_seen", metadata=MetaData()).table
criteria = with_loader_criteria(Book, Book.id == Anything())
UNCACHEABLE: list[tuple[str, Any]] = [
    ("a table without tags", select(Pulse)),
    ("a table without tags within", select(Book).where(Book.id.in_(select(Pulse.id)))),
    ("FOR UPDATE", select(Book).with_for_update()),
    ("FOR UPDATE within", select(select(Book.id).with_for_update().subquery())),
    ("the clock", select(Book).where(Book.title < func.now())),
    ("the clock in a column", select(func.current_timestamp())),
    ("the clock in a text", select(Loan).where(Loan.due == "today")),
    ("the clock in a cast", select(cast("today", Date))),
    ("the clock in a column", select(cast(Loan.note, Date))),
    ("the clock in a list", select(Loan).where(Loan.due.in_(["today"]))),
    ("chance", select(Book).order_by(func.random())),
    ("a sequence", select(Sequence("numbers").next_value())),
    ("a function of one's own", select(func.books_of(5))),
    ("a function of a schema", select(func.cachelab.lower("A"))),
    ("a function to select from", select(func.books_of(5).table_valued("id"))),
    ("a sample", select(tablesample(Book.__table__, 10))),
    ("a write within", select(delete(Loan).returning(Loan.id).cte())),
]
UNANALYSABLE: list[tuple[str, Any]] = [
    ("text", text("SELECT 1")),
    ("text with columns", text("SELECT id FROM book").columns(column("id", Integer))),
    ("a class from text", select(Book).from_statement(text("SELECT * FROM book"))),
    ("text in WHERE", select(Book).where(text("id = 7"))),
    ("text in FROM", select(column("id")).select_from(text("book, loan"))),
    ("text in ORDER BY", select(Book.id).order_by(text("(SELECT 1)"))),
    ("a literal column", select(literal_column("(SELECT count(*) FROM loan)"))),
    ("an operator of letters", select(Book.id.op("+ random() +")(1))),
    ("a hint", select(Book).with_hint(Book, "ONLY")),
    ("a prefix", select(Book.id).prefix_with("ALL")),
    ("a name that is no declared table", select(table("book", column("id")))),
    ("a view", select(view)),
    ("an element that renders itself", select(Anything())),
    ("such an element further in", select(select(Book.id).where(Anything() == 1).subquery())),
    ("such an element in EXISTS", select(Loan.id).where(exists(select(Book.id + Anything())))),
    ("such an element in a CTE", select(select(Anything().label("n")).cte())),
    ("such an element in criteria", select(Book).options(criteria)),
    ("every relationship", select(Shelf).options(selectinload("*"))),
    ("a lambda", lambda_stmt(lambda: select(Book))),
    ("INSERT", insert(Book).values(id=1).returning(Book.id)),
    ("UPDATE", update(Book).values(title="x").returning(Book.id)),
]


@pytest.mark.parametrize("statement", [pytest.param(case[1], id=case[0]) for case in UNCACHEABLE])
def test_an_answer_that_changes_by_itself_is_refused(statement: Executable) -> None:
    with pytest.raises(Uncacheable) as refusal:
        read_tags(statement)

    assert not isinstance(refusal.value, Unanalysable)


@pytest.mark.parametrize("statement", [pytest.param(case[1], id=case[0]) for case in UNANALYSABLE])
def test_what_cannot_be_analysed_is_refused_with_the_remedy(statement: Executable) -> None:
    with pytest.raises(
        Unanalysable, match=r"pass tags=, a set of tags or a function of the parameters"
    ):
        read_tags(statement)


def test_what_is_harmless_is_not_refused() -> None:
    harmless = [
        select(func.count("*")),
        select(literal_column("1"), func.lower("A"), func.pg_catalog.lower("A")),
        select(Book.id.op("&")(1)),
        select(Loan).where(Loan.due == bindparam("due")),
        select(Loan).where(Loan.due == dt.date(2026, 1, 1)),
    ]

    for statement in harmless:
        assert read_tags(statement, {"due": dt.date(2026, 1, 1)}) <= {
            "cachelab.book",
            "cachelab.loan",
        }


def test_a_table_of_the_default_schema_needs_no_schema_in_its_tag() -> None:
    tables = [Table("plain", MetaData(schema=schema)) for schema in (None, "public", "other")]

    assert [read_tags(select(func.count()).select_from(one)) for one in tables] == [
        {"plain"},
        {"plain"},
        {"other.plain"},
    ]
