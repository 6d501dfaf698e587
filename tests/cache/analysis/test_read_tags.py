"""On what an answer depends: what restricts it, by example."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import (
    Executable,
    and_,
    bindparam,
    case,
    exists,
    func,
    lateral,
    literal,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased, joinedload, selectinload, with_loader_criteria

from app.cache.analysis import read_tags
from app.cache.analysis.reads import MOST_VALUES
from tests.cache.analysis.library import (
    Book,
    Kind,
    Label,
    Loan,
    Member,
    Person,
    Shelf,
    Sticker,
    seat,
)

Other = aliased(Book)
books, loans = Book.__table__, Loan.__table__


def tags(statement: Executable, **parameters: object) -> set[str]:
    """The tags, without the schema in front."""
    return {tag.replace("cachelab.", "") for tag in read_tags(statement, parameters)}


BOOK_7 = {"book:7", "book:*"}
SHELF_5 = {"book:shelf_id=5", "book:*"}
FADED, UNFADED = ({f"sticker:faded={truth}", "sticker:*"} for truth in ("true", "false"))
DAY, ON_DAY = dt.date(2026, 1, 1), {"sticker:day=2026-01-01", "sticker:*"}
RESTRICTED: list[tuple[str, Any, set[str]]] = [
    ("a whole table", select(Book), {"book"}),
    ("a row", select(Book).where(Book.id == 7), BOOK_7),
    ("a row, the value first", select(Book).where(literal(7) == Book.id), BOOK_7),
    ("rows", select(Book).where(Book.id.in_([7, 8])), {*BOOK_7, "book:8"}),
    ("a partition", select(Book.title).where(Book.shelf_id == 5), SHELF_5),
    ("a Core table", select(books).where(books.c.shelf_id == 5), SHELF_5),
    (
        "a Core table's own declaration",
        select(seat).where(seat.c.floor == 1),
        {"seat:floor=1", "seat:*"},
    ),
    ("half a key", select(seat).where(seat.c.number == 1), {"seat"}),
    ("a key column as a partition", select(seat).where(seat.c.row == 1), {"seat:row=1", "seat:*"}),
    ("the row before its partition", select(Book).where(Book.shelf_id == 5, Book.id == 7), BOOK_7),
    ("an enum", select(Book).where(Book.kind == Kind.ATLAS), {"book:kind=ATLAS", "book:*"}),
    ("a truth", select(Sticker.id).where(Sticker.faded == True), FADED),  # noqa: E712
    ("a truth by itself", select(Sticker.id).where(Sticker.faded), FADED),
    ("a truth that is", select(Sticker.id).where(Sticker.faded.is_(True)), FADED),
    ("no truth", select(Sticker.id).where(Sticker.faded == False), UNFADED),  # noqa: E712
    ("not a truth", select(Sticker.id).where(~Sticker.faded), UNFADED),
    ("no truth known", select(Sticker.id).where(Sticker.faded.is_(None)), {"sticker"}),
    ("a day", select(Sticker.id).where(Sticker.day == DAY), ON_DAY),
    ("a column that parts nothing", select(Book).where(Book.title == "x"), {"book"}),
    ("a range", select(Book).where(Book.id > 7), {"book"}),
    ("nothing", select(Book).where(Book.shelf_id.is_(None)), {"book"}),
    (
        "a value that is no value",
        select(Book).where(Book.shelf_id == literal(None, Book.id.type)),
        {"book"},
    ),
    ("a value of another type", select(Book).where(Book.id == "7"), {"book"}),
    ("an empty list", select(Book).where(Book.id.in_([])), {"book"}),
    ("a long list", select(Book).where(Book.id.in_(range(MOST_VALUES + 1))), {"book"}),
    ("OR", select(Book).where(or_(Book.shelf_id == 5, Book.title == "x")), {"book"}),
    ("NOT", select(Book).where(not_(Book.shelf_id == 5)), {"book"}),
    ("NOT AND", select(Book).where(not_(and_(Book.shelf_id == 5, Book.id == 7))), {"book"}),
    ("CASE", select(Book).where(case((Book.id == 7, True), else_=False)), {"book"}),
    ("AND within AND", select(Book).where(and_(Book.title > "", and_(Book.id == 7))), BOOK_7),
    ("a column's function", select(Book).where(func.abs(Book.id) == 7), {"book"}),
    ("a count", select(func.count()).select_from(Book).where(Book.shelf_id == 5), SHELF_5),
    (
        "groups",
        select(Book.kind, func.count()).where(Book.shelf_id == 5).group_by(Book.kind),
        SHELF_5,
    ),
    ("HAVING", select(Book.id).group_by(Book.id).having(Book.id == 7), {"book"}),
    ("a window", select(func.rank().over(order_by=Book.title)).where(Book.shelf_id == 5), SHELF_5),
    ("a window's filter", select(func.count().filter(Book.shelf_id == 5)), {"book"}),
    ("the first few", select(Book).where(Book.shelf_id == 5).limit(3).distinct(), SHELF_5),
    ("an alias", select(Other).where(Other.id == 7), BOOK_7),
    ("itself", select(Book, Other).where(Book.id == 7, Other.shelf_id == 5), {*BOOK_7, *SHELF_5}),
    ("itself, half restricted", select(Book, Other).where(Book.id == 7), {*BOOK_7, "book"}),
]
LOAN_3 = {"loan:3", "loan:*"}
JOINED: list[tuple[str, Any, set[str]]] = [
    (
        "an inner join's WHERE",
        select(Loan).join(Loan.book).where(Book.id == 7),
        {"loan:book_id=7", "loan:*", *BOOK_7},
    ),
    (
        "an inner join's ON",
        select(Loan).join(Book, and_(Book.title == Loan.note, Book.id == 7)),
        {"loan", *BOOK_7},
    ),
    (
        "an outer join's ON restricts the side it fills up",
        select(Loan).outerjoin(Book, and_(Book.title == Loan.note, Book.id == 7, Loan.id == 3)),
        {"loan", *BOOK_7},
    ),
    (
        "an outer join's WHERE",
        select(Loan).outerjoin(Book, Book.title == Loan.note).where(Book.id == 7, Loan.id == 3),
        {*LOAN_3, *BOOK_7},
    ),
    (
        "a full join's ON",
        select(loans).select_from(
            loans.join(books, and_(books.c.id == 7, loans.c.id == 3), full=True)
        ),
        {"loan", "book"},
    ),
    (
        "a join inside the side that is filled up",
        select(Shelf.name).outerjoin(
            books.join(loans, loans.c.book_id == books.c.id), books.c.id == 7
        ),
        {"shelf", *BOOK_7, "loan:book_id=7", "loan:*"},
    ),
    (
        "an outer join's ON inside an inner join",
        select(loans.c.id).select_from(
            loans.outerjoin(books, loans.c.id == 3).join(Shelf, Shelf.id == 5)
        ),
        {"loan", "book", "shelf:5", "shelf:*"},
    ),
    (
        "equal columns, across two joins",
        select(Loan).join(Loan.book).join(Book.shelf).where(Shelf.id == 5),
        {"loan", *SHELF_5, "shelf:5", "shelf:*"},
    ),
    (
        "a joined class",
        select(Member).where(Member.id == 2),
        {"person:2", "person:*", "member:2", "member:*"},
    ),
    (
        "a class with subclasses",
        select(Person).where(Person.city == "x"),
        {"person:city=x", "person:*", "member"},
    ),
    ("columns of a parent", select(Person.id).where(Person.id == 2), {"person:2", "person:*"}),
    (
        "a joined load",
        select(Loan).options(joinedload(Loan.book)).where(Loan.id == 3),
        {*LOAN_3, "book"},
    ),
    (
        "loads after loads",
        select(Shelf)
        .options(selectinload(Shelf.books).joinedload(Book.shelf))
        .where(Shelf.id == 1),
        {"shelf:1", "shelf:*", "book", "shelf"},
    ),
    (
        "criteria of an option",
        select(Book).options(with_loader_criteria(Book, Book.shelf_id == 5)),
        SHELF_5,
    ),
]
inner_book = select(Other.id).where(Other.id == 7)
found = select(Book.id, Book.title).where(Book.id == 7).cte()
up = select(loans.c.id).where(loans.c.id == 3).cte(recursive=True)
NESTED: list[tuple[str, Any, set[str]]] = [
    (
        "EXISTS",
        select(Loan.id).where(exists().where(Book.id == Loan.id, Book.id == 7)),
        {"loan", *BOOK_7},
    ),
    (
        "what EXISTS says of the outside",
        select(Loan.id).where(exists().where(Book.id == 7, Loan.id == 3)),
        {"loan", *BOOK_7},
    ),
    ("IN a subquery", select(Loan.id).where(Loan.book_id.in_(inner_book)), {"loan", *BOOK_7}),
    (
        "a scalar subquery",
        select(Loan.id, inner_book.scalar_subquery()).where(Loan.id == 3),
        {*LOAN_3, *BOOK_7},
    ),
    (
        "equal to a subquery",
        select(Loan.id).where(Loan.id == inner_book.scalar_subquery()),
        {"loan", *BOOK_7},
    ),
    ("a subquery's WHERE", select(inner_book.subquery()), BOOK_7),
    ("LATERAL", select(lateral(inner_book)), BOOK_7),
    ("a CTE", select(found), BOOK_7),
    ("a CTE used twice", select(found, found.alias()), BOOK_7),
    ("a recursive CTE", select(up.union_all(select(loans.c.id).where(loans.c.id == 3))), {"loan"}),
    ("a union", union(select(Book.id).where(Book.id == 7), select(Loan.id)), {*BOOK_7, "loan"}),
]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in (*RESTRICTED, *JOINED, *NESTED)],
)
def test_an_answer_depends_on_no_more_than_it_must(
    statement: Executable, expected: set[str]
) -> None:
    assert tags(statement) == expected


def test_parameters_take_the_place_of_bound_values() -> None:
    statement = select(Book).where(Book.shelf_id == bindparam("shelf"), Book.title != "x")

    assert tags(statement, shelf=5) == SHELF_5
    assert tags(statement, shelf=6) == {"book:shelf_id=6", "book:*"}
    assert tags(statement, shelf=None) == {"book"}
    assert tags(statement) == {"book"}
    assert tags(select(Book).where(Book.id == 1), id_1=7) == BOOK_7


def test_statements_of_one_shape_are_told_apart_by_their_values() -> None:
    asked = [tags(select(Book).where(Book.shelf_id == number)) for number in (5, 6)]

    assert asked == [SHELF_5, {"book:shelf_id=6", "book:*"}]


@pytest.mark.parametrize(
    ("code", "spelled"),
    [
        ("a", "a"),
        ("*", "%2A"),
        ("code=a", "code%3Da"),
        ("a:1", "a%3A1"),
        ("%3A", "%253A"),
        ("", ""),
    ],
)
def test_no_value_is_mistaken_for_the_marks_of_a_tag(code: str, spelled: str) -> None:
    assert tags(select(Label).where(Label.code == code)) == {f"label:{spelled}", "label:*"}
    assert tags(select(Sticker).where(Sticker.code == code)) == {
        f"sticker:code={spelled}",
        "sticker:*",
    }


def test_a_text_too_long_for_its_column_is_no_restriction() -> None:
    # PostgreSQL cuts spaces off what it stores: «abc» and «abc» with spaces may be one row.
    assert tags(select(Label).where(Label.code == "a" + " " * 10)) == {"label"}


def test_a_moment_is_no_date() -> None:
    assert tags(select(Loan).where(Loan.due == dt.date(2026, 1, 1))) == {"loan"}
