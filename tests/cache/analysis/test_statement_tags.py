"""What statements touch: rows where they are certain, the whole table where they are not."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.cache.analysis.conftest import Told, touched
from tests.cache.analysis.library import TABLES, Book, Kind, Loan, Shelf, seat

NOVEL = Kind.NOVEL
books = TABLES["book"]
# Every book of these tests is a novel.
ALWAYS = {"book", "book:kind=NOVEL"}
WIDE = {"book", "book:*"}


def of_book(**values: object) -> dict[str, object]:
    return {"kind": NOVEL, "title": "t", "shelf_id": 3, **values}


BOOK_9 = {*ALWAYS, "book:9", "book:shelf_id=3"}
TWO = [of_book(id=8), of_book(id=9)]
upsert = postgresql.insert(Book).values(**of_book(id=1))
STATEMENTS: list[tuple[str, Callable[[Session], object], set[str]]] = [
    ("a row with its key", lambda s: s.execute(insert(books).values(of_book(id=9))), BOOK_9),
    (
        "a row whose key the server gives",
        lambda s: s.execute(insert(books), of_book()),
        {*ALWAYS, "book:3", "book:shelf_id=3"},
    ),
    ("rows with their keys", lambda s: s.execute(insert(Book), TWO), {*BOOK_9, "book:8"}),
    ("rows by another name", lambda s: s.bulk_insert_mappings(Book, TWO), {*BOOK_9, "book:8"}),
    (
        "rows whose keys nobody tells",
        lambda s: s.execute(insert(Book), [of_book(), of_book()]),
        WIDE,
    ),
    (
        "a row returned",
        lambda s: s.execute(insert(Book).values(of_book()).returning(Book.title)),
        WIDE,
    ),
    ("values in one statement", lambda s: s.execute(insert(Book).values(TWO)), WIDE),
    (
        "a value worked out",
        lambda s: s.execute(insert(Book).values(of_book(id=9, shelf_id=func.abs(-3)))),
        WIDE,
    ),
    (
        "rows selected",
        lambda s: s.execute(
            insert(Book).from_select(
                ["kind", "title"], select(literal(NOVEL, Book.kind.type), literal("t"))
            )
        ),
        WIDE,
    ),
    (
        "an upsert",
        lambda s: s.execute(
            upsert.on_conflict_do_update(index_elements=["id"], set_={"title": "u"})
        ),
        {*WIDE},
    ),
    (
        "a row unless it is there",
        lambda s: s.execute(upsert.on_conflict_do_nothing()),
        {*ALWAYS, "book:1", "book:shelf_id=3"},
    ),
    ("a key given as text", lambda s: s.execute(insert(Book).values(of_book(id="9"))), WIDE),
    (
        "UPDATE by key",
        lambda s: s.execute(update(Book).where(Book.id == 1).values(title="u")),
        {*ALWAYS, "book:1", "book:shelf_id=1"},
    ),
    (
        "UPDATE of what is not there",
        lambda s: s.execute(update(Book).where(Book.id == 7).values(title="u")),
        set(),
    ),
    (
        "UPDATE by keys",
        lambda s: s.execute(update(books).where(books.c.id.in_([1, 7])).values(shelf_id=3)),
        {*ALWAYS, "book:1", "book:shelf_id=1", "book:shelf_id=3"},
    ),
    (
        "UPDATE of a key",
        lambda s: s.execute(update(Book).where(Book.id == 1).values(id=9)),
        {*ALWAYS, "book:1", "book:9", "book:shelf_id=1"},
    ),
    (
        "UPDATE by a list",
        lambda s: s.execute(update(Book), [{"id": 1, "title": "u"}, {"id": 2, "title": "v"}]),
        {*ALWAYS, "book:1", "book:2", "book:shelf_id=1", "book:shelf_id=2"},
    ),
    (
        "UPDATE by partition",
        lambda s: s.execute(update(Book).where(Book.shelf_id == 1).values(title="u")),
        WIDE,
    ),
    (
        "UPDATE by key or else",
        lambda s: s.execute(
            update(Book).where((Book.id == 1) | (Book.title == "t")).values(title="u")
        ),
        WIDE,
    ),
    (
        "UPDATE returning",
        lambda s: s.execute(
            update(Book).where(Book.id == 1).values(title="u").returning(Book.title)
        ),
        WIDE,
    ),
    (
        "UPDATE with others",
        lambda s: s.execute(
            update(Book).where(Book.id == Loan.book_id, Loan.id == 1).values(title="u")
        ),
        WIDE,
    ),
    (
        "DELETE by key",
        lambda s: s.execute(delete(Loan).where(Loan.id == 1)),
        {"loan", "loan:1", "loan:book_id=2"},
    ),
    (
        "DELETE by partition",
        lambda s: s.execute(delete(Loan).where(Loan.book_id == 2)),
        {"loan", "loan:*"},
    ),
    ("DELETE of all", lambda s: s.execute(delete(Loan)), {"loan", "loan:*"}),
    (
        "a table with two keys",
        lambda s: s.execute(insert(seat).values(row=1, number=1, floor=2)),
        {"seat", "seat:floor=2", "seat:row=1"},
    ),
    (
        "half of two keys",
        lambda s: s.execute(update(seat).where(seat.c.row == 1).values(floor=2)),
        {"seat", "seat:*"},
    ),
    (
        "a write in a CTE",
        lambda s: s.execute(select(delete(Loan).returning(Loan.id).cte())),
        {"loan", "loan:*"},
    ),
    (
        "a write before a write",
        lambda s: s.execute(
            insert(Shelf).from_select(["name"], select(delete(Loan).returning(Loan.note).cte()))
        ),
        {"loan", "loan:*", "shelf", "shelf:*"},
    ),
    (
        "text",
        lambda s: s.execute(text("DELETE FROM cachelab.loan WHERE id = :one"), {"one": 1}),
        {"loan", "loan:*"},
    ),
    (
        "the driver's SQL",
        lambda s: s.connection().exec_driver_sql("DELETE FROM cachelab.loan WHERE id = %s", (1,)),
        {"loan", "loan:*"},
    ),
    (
        "text with its tags named",
        lambda s: s.execute(
            text("DELETE FROM cachelab.loan WHERE id = 1"),
            execution_options={"cache_tags": ["loan", "loan:1", "loan:book_id=2"]},
        ),
        {"loan", "loan:1", "loan:book_id=2"},
    ),
    (
        "a function with its tags named",
        lambda s: s.execute(text("DO 'BEGIN END'").execution_options(cache_tags=["loan"])),
        {"loan"},
    ),
    (
        "TRUNCATE",
        lambda s: s.execute(text("TRUNCATE cachelab.book CASCADE")),
        {*WIDE, "loan", "loan:*"},
    ),
    ("a question", lambda s: s.execute(select(Book)).all(), set()),
    ("a savepoint", lambda s: s.begin_nested().rollback(), set()),
]


@pytest.mark.parametrize(
    ("do", "expected"), [pytest.param(*case[1:], id=case[0]) for case in STATEMENTS]
)
def test_a_statement_touches(
    session: Session, told: Told, do: Callable[[Session], object], expected: set[str]
) -> None:
    do(session)

    assert touched(session, told) == expected


def test_an_update_that_asks_for_old_values_answers_as_it_would_without(session: Session) -> None:
    changed: Any = session.execute(update(Book).where(Book.id.in_([1, 2, 7])).values(title="u"))
    listed: Any = session.connection().execute(
        update(books).where(books.c.id == text("1")).values(title="v")
    )

    assert (changed.rowcount, changed.returns_rows, listed.rowcount) == (2, False, 1)
    assert session.scalars(select(Book.title).order_by(Book.id)).all() == ["v", "u"]


def test_a_statement_that_fails_touches_nothing(session: Session, told: Told) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(books), of_book(shelf_id=99))

    assert touched(session, told) == set()


def test_a_long_list_of_rows_is_wide(session: Session, told: Told) -> None:
    session.execute(insert(Book), [of_book(id=number) for number in range(10, 600)])

    assert touched(session, told) == WIDE


def test_with_autocommit_everything_is_told_before_it_is_done(library: Engine, told: Told) -> None:
    with library.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(insert(Shelf).values(name="a"))
        given = told.taken()
        connection.execute(insert(Shelf).values(id=7, name="a"))
        known = told.taken()
        connection.execute(insert(books), of_book(shelf_id=7, id=1))
        connection.execute(update(Book).where(Book.id == 1).values(title="u"))

    assert given == {"cachelab.shelf", "cachelab.shelf:*"}
    assert known == {"cachelab.shelf", "cachelab.shelf:7"}
    assert told.taken() >= {"cachelab.book:1", "cachelab.book:*"}
