"""The law, to be tried on random data: whatever changes an answer touches one of its tags."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from sqlalchemy import Connection, Engine, Executable, insert, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.cache.analysis import read_tags
from tests.cache.analysis.chance import Chance, by_chance
from tests.cache.analysis.conftest import Told
from tests.cache.analysis.library import TABLES, VALUES
from tests.cache.analysis.writings import Write

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class Stale(AssertionError):
    """A cache would have kept an answer that is no longer true."""


def three_in_each(chance: Chance) -> Rows:
    """Three rows in each table, numbered 1 to 3, that refer to one another."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, table in TABLES.items():
        found[name] = []
        for number in (1, 2, 3):
            row = chance.row(table)
            row |= {key: number for key in ("id", "row", "number") if key in row}
            row |= {key: 3 for key in ("shelf_id", "book_id") if row.get(key) == 4}
            row |= {"sort": "member"} if name == "person" else {}
            row |= {"code": VALUES["code"][number - 1]} if name == "label" else {}
            found[name].append(row)
    return found


rows_at_first = by_chance(three_in_each)


def holds(
    engine: Engine, told: Told, rows: Rows, questions: Sequence[Executable], writes: Sequence[Write]
) -> None:
    """Ask, write, ask again; `Stale` if an answer changed whose tags were not touched."""
    with _filled(engine, rows) as connection:
        answers = [_answer(connection, question) for question in questions]
        for write in writes:
            told.clear()
            _run(connection, write)
            touched = told.taken()
            for place, question in enumerate(questions):
                before, now = answers[place], _answer(connection, question)
                answers[place] = now
                if before != now and before is not None and not read_tags(question) & touched:
                    raise Stale(
                        f"{write.name}\ntouched {sorted(touched)}, which left alone\n"
                        f"{question}\n{sorted(read_tags(question))}\n{before}\n{now}"
                    )


@contextmanager
def _filled(engine: Engine, rows: Rows) -> Iterator[Connection]:
    """A transaction that ends with nothing changed; the server counts on from 3."""
    with engine.connect() as connection:
        for name, table in TABLES.items():
            connection.execute(insert(table), list(rows[name]))
            if "id" in table.c and name != "member":
                connection.execute(text(f"SELECT setval('{table.fullname}_id_seq', 3)"))
        yield connection
        connection.rollback()


def _run(connection: Connection, write: Write) -> None:
    try:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            write.do(session)
            session.commit()
    except (SQLAlchemyError, psycopg2.Error):
        pass  # refused by the data, the server or the session: nothing was written


def _answer(connection: Connection, question: Executable) -> list[str] | None:
    """The answer in an order of its own; None where PostgreSQL refuses the question."""
    try:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            rows = session.execute(question).unique().all()
            return sorted(repr([_plain(value) for value in row]) for row in rows)
    except SQLAlchemyError:
        return None


def _plain(value: object) -> object:
    if isinstance(value, list):
        return sorted(str(_plain(one)) for one in value)
    state = inspect(value, raiseerr=False)
    if state is None or not hasattr(state, "unloaded"):
        return value
    kept = {key: _plain(one) for key, one in state.dict.items() if key != "_sa_instance_state"}
    return sorted(kept.items())
