"""The driver's own cursors tell what they write, and leave SQLAlchemy's statements to it."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from psycopg2 import extras, sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Raw  # noqa: N812 a class
from psycopg2.extensions import cursor as Cursor  # noqa: N812 a class
from sqlalchemy import Connection, Engine, insert, text, update

from app.cache.analysis import Unanalysable, telling
from app.cache.analysis.cursors import Telling
from tests.cache.analysis.conftest import Told
from tests.cache.analysis.library import Shelf, seat

SEAT = {"cachelab.seat", "cachelab.seat:*"}
ROWS = [(1, 1, 2), (1, 2, 2)]
INSERT = 'INSERT INTO cachelab.seat ("row", number, floor) VALUES '


def copied(cursor: Cursor) -> None:
    cursor.copy_expert("COPY cachelab.seat FROM STDIN", io.StringIO("1\t1\t2\n1\t2\t2\n"))


def copied_from(cursor: Cursor) -> None:
    cursor.execute("SET LOCAL search_path TO cachelab")
    cursor.copy_from(io.StringIO("1\t1\t2\n1\t2\t2\n"), "seat")


def a_cursor(connection: Connection) -> Cursor:
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, Raw)
    return raw.cursor()


DOORS: dict[str, Callable[[Cursor], Any]] = {
    "execute": lambda c: c.execute(INSERT + "(1, 1, 2), (%s, 2, 2)", (1,)),
    "bytes": lambda c: c.execute((INSERT + "(1, 1, 2), (1, 2, 2)").encode()),
    "composed": lambda c: c.execute(
        sql.SQL("INSERT INTO {} VALUES (1, 1, 2), (1, 2, 2)").format(
            sql.Identifier("cachelab", "seat")
        )
    ),
    "executemany": lambda c: c.executemany(INSERT + "(%s, %s, %s)", ROWS),
    "execute_values": lambda c: extras.execute_values(c, INSERT + "%s", ROWS),
    "execute_batch": lambda c: extras.execute_batch(c, INSERT + "(%s, %s, %s)", ROWS),
    "COPY": copied,
    "copy_from": copied_from,
}


@pytest.mark.parametrize("write", DOORS.values(), ids=list(DOORS))
def test_a_write_is_told_by_each_door(
    library: Engine, told: Told, write: Callable[[Cursor], Any]
) -> None:
    with library.connect() as connection, a_cursor(connection) as cursor:
        write(cursor)
        assert told.taken() >= SEAT
        cursor.execute("SELECT count(*) FROM cachelab.seat")
        assert cursor.fetchone() == (2,)
        assert told.taken() == set()


def test_a_connection_of_the_pool_tells_too(library: Engine, told: Told) -> None:
    raw = library.raw_connection()
    raw.cursor().execute("DELETE FROM cachelab.shelf")
    raw.rollback()
    raw.close()

    assert told.taken() >= {"cachelab.shelf:*", "cachelab.book:*", "cachelab.loan:*"}


def test_what_sqlalchemy_runs_is_not_told_twice(library: Engine, told: Told) -> None:
    with library.connect() as connection:
        connection.execute(insert(Shelf), {"name": "a"})
        connection.execute(update(seat).where(seat.c.row == 1, seat.c.number == 1), {"floor": 3})
        connection.execute(text("SELECT 1").execution_options(cache_tags=["mine"]))

    assert told.taken() == {"cachelab.shelf", "cachelab.shelf:1", "mine"}


def test_another_kind_of_cursor_tells_too(library: Engine, told: Told) -> None:
    kind = telling(extras.RealDictCursor, lambda _, tags: told.update(tags))
    with library.connect() as connection:
        cursor = connection.connection.cursor(cursor_factory=kind)
        cursor.execute(INSERT + "(1, 1, 2) RETURNING floor")

        assert (told.taken(), cursor.fetchone()) == (SEAT, {"floor": 2})


def test_a_cursor_with_named_tags_tells_those(library: Engine, told: Told) -> None:
    with library.connect() as connection, a_cursor(connection) as cursor:
        assert isinstance(cursor, Telling)
        cursor.cache_tags = ["seat:floor=2"]
        cursor.execute("DO $$ BEGIN UPDATE cachelab.seat SET floor = 2; END $$")
        assert told.taken() == {"seat:floor=2"}
        cursor.cache_tags = "seat"
        with pytest.raises(TypeError, match="list of tags"):
            cursor.execute("SELECT 1")


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.execute("DO $$ BEGIN DELETE FROM cachelab.shelf; END $$"),
        lambda c: c.callproc("pg_sleep", (0,)),
        lambda c: c.execute("COMMIT"),
    ],
    ids=["DO", "callproc", "COMMIT"],
)
def test_what_does_not_tell_is_not_run(library: Engine, ask: Callable[[Cursor], Any]) -> None:
    with library.connect() as connection, a_cursor(connection) as cursor:
        with pytest.raises(Unanalysable):
            ask(cursor)
        assert cursor.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
