"""What a unit of work touches: the rows of its objects, and the partitions they leave and enter."""

import datetime as dt

from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from tests.cache.analysis.conftest import Told, touched
from tests.cache.analysis.library import Book, Kind, Label, Loan, Member, Shelf

NOVEL = Kind.NOVEL
# Every book of these tests is a novel.
ALWAYS = {"book", "book:kind=NOVEL"}
WIDE = {"book", "book:*"}


def book(session: Session, number: int = 1) -> Book:
    return session.get_one(Book, number)


def test_an_object_added_touches_its_row_and_its_partitions(session: Session, told: Told) -> None:
    session.add(Book(shelf_id=3, kind=NOVEL, title="t"))

    assert touched(session, told) == {*ALWAYS, "book:3", "book:shelf_id=3"}


def test_objects_added_together_are_told_apart(session: Session, told: Told) -> None:
    session.add_all([Book(shelf_id=one, kind=NOVEL, title="t") for one in (3, None)])

    assert touched(session, told) == {*ALWAYS, "book:3", "book:4", "book:shelf_id=3"}


def test_an_object_changed_touches_its_partitions(session: Session, told: Told) -> None:
    book(session).title = "u"

    assert touched(session, told) == {*ALWAYS, "book:1", "book:shelf_id=1"}


def test_an_object_moved_touches_both_partitions(session: Session, told: Told) -> None:
    book(session).shelf_id = 3

    assert touched(session, told) == {*ALWAYS, "book:1", "book:shelf_id=1", "book:shelf_id=3"}


def test_old_values_the_session_has_not_loaded_are_asked_for(session: Session, told: Told) -> None:
    session.expire(book(session))
    book(session).shelf_id = 3

    assert touched(session, told) == {*ALWAYS, "book:1", "book:shelf_id=1", "book:shelf_id=3"}


def test_old_values_another_transaction_has_replaced_are_the_true_ones(
    session: Session, told: Told, library: Engine
) -> None:
    stale = book(session)
    with library.begin() as other:
        other.execute(update(Book).where(Book.id == 1).values(shelf_id=2))
    told.clear()
    stale.title = "u"

    # The session has read shelf 1, and will never know better.
    assert stale.shelf_id == 1
    assert touched(session, told) == {*ALWAYS, "book:1", "book:shelf_id=2"}


def test_objects_changed_alike_are_one_statement_and_told_apart(
    session: Session, told: Told
) -> None:
    first, second = book(session, 1), book(session, 2)
    first.shelf_id = second.shelf_id = 3

    assert touched(session, told) == {
        *ALWAYS,
        *("book:1", "book:2", "book:shelf_id=1", "book:shelf_id=2", "book:shelf_id=3"),
    }


def test_an_object_deleted_touches_what_it_was_and_those_that_referred_to_it(
    session: Session, told: Told
) -> None:
    session.delete(book(session))

    assert touched(session, told) == {*ALWAYS, "book:1", "book:shelf_id=1", "loan", "loan:*"}


def test_a_row_of_a_joined_class_touches_both_its_tables(session: Session, told: Told) -> None:
    session.add(Member(city="x", level=1))

    assert touched(session, told) == {
        *("person", "person:1", "person:city=x"),
        *("member", "member:1"),
    }


def test_what_foreign_keys_delete_or_clear_is_wide_all_the_way_down(
    session: Session, told: Told
) -> None:
    session.execute(delete(Shelf).where(Shelf.id == 2))

    assert touched(session, told) == {"shelf", "shelf:2", *WIDE, "loan", "loan:*"}


def test_a_key_that_others_follow_is_wide_for_them(session: Session, told: Told) -> None:
    session.execute(update(Label).where(Label.code == "a:1").values(code="b"))

    assert touched(session, told) == {"label", "label:a%3A1", "label:b", "sticker", "sticker:*"}


def test_a_column_nobody_follows_leaves_others_alone(session: Session, told: Told) -> None:
    session.execute(update(Label).where(Label.code == "a:1").values(words="v"))

    assert touched(session, told) == {"label", "label:a%3A1"}


def test_every_day_a_date_is_a_date(session: Session, told: Told) -> None:
    session.add(Loan(book_id=1, due=dt.date(2026, 1, 1)))

    assert touched(session, told) == {"loan", "loan:2", "loan:book_id=1"}
