"""Random writes to the library, through each door SQLAlchemy has."""

import io
from collections.abc import Callable
from typing import Any

from psycopg2.extensions import cursor
from psycopg2.extras import execute_values
from sqlalchemy import delete, insert, literal, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from tests.cache.analysis.chance import Chance, by_chance
from tests.cache.analysis.library import TABLES, Book, Label, Loan, Member, Person, Shelf, Sticker
from tests.cache.analysis.questions import conditions

CLASSES: list[Any] = [Book, Label, Loan, Member, Person, Shelf, Sticker]


class Write:
    """Something done in a session, and its name."""

    def __init__(self, name: str, do: Callable[[Session], object]) -> None:
        self.name = name
        self.do = do

    def __repr__(self) -> str:
        return self.name


def unit_of_work(chance: Chance) -> Write:
    """Objects added, changed and deleted; some were loaded, some have expired since."""
    class_ = chance.one(CLASSES)
    table = TABLES[class_.__tablename__]
    columns = [column for column in class_.__mapper__.columns if column.name not in {"id", "sort"}]
    steps = []
    for _ in chance.times(3):
        step = chance.one(["add", "change", "change", "expired", "delete"])
        row = {column.key: chance.value(column) for column in columns}
        changed = chance.some([key for key in row if key != "code"] or ["code"], most=2)
        steps.append((step, chance.value(next(iter(table.primary_key))), row, changed))

    def do(session: Session) -> None:
        for step, key, row, changed in steps:
            found = None if step == "add" else session.get(class_, key)
            if step == "add":
                session.add(class_(**row))
            elif found is not None and step == "delete":
                session.delete(found)
            elif found is not None:
                if step == "expired":
                    session.expire(found)
                for name in changed:
                    setattr(found, name, row[name])
        session.flush()

    return Write(f"unit of work on {class_.__name__}: {steps}", do)


def insertion(chance: Chance) -> Write:
    table = chance.table()
    rows = [chance.row(table, keyed=False)]
    rows += [chance.row(table, keyed=False) for _ in chance.times(2)]
    if chance.in_(3):
        rows = [chance.row(table)]
    statement = insert(table).returning(*table.c) if chance.in_(4) else insert(table)
    shape = chance.one(["one", "many", "multi", "select", "upsert", "nothing"])
    if shape == "multi":
        return _running(statement.values(rows))
    if shape == "select":
        chosen = select(*(literal(value, table.c[name].type) for name, value in rows[0].items()))
        return _running(statement.from_select(list(rows[0]), chosen))
    if shape == "nothing":
        return _running(postgresql.insert(table).on_conflict_do_nothing(), rows)
    if shape == "upsert":
        key, some = list(table.primary_key), chance.settings(table)
        upsert = postgresql.insert(table).on_conflict_do_update(index_elements=key, set_=some)
        return _running(upsert, [chance.row(table)])
    return _running(statement, rows if shape == "many" else rows[:1])


def alteration(chance: Chance) -> Write:
    """UPDATE and DELETE, of tables and of classes, with any condition."""
    class_ = chance.one(CLASSES)
    table = TABLES[class_.__tablename__]
    target = class_ if chance.in_(2) and class_ is not Member else table
    statement: Any = delete(target)
    if not chance.in_(3):
        statement = update(target).values(**chance.settings(table, keys=chance.in_(2)))
    if chance.in_(5):
        statement = statement.returning(*table.c)
    key = next(iter(table.primary_key))
    values = [chance.value(key) for _ in chance.times(3)]
    which = [key == values[0], key == values[0], key.in_(values), conditions(chance, table)]
    return _running(statement.where(chance.one(which)))


def by_the_list(chance: Chance) -> Write:
    """Many rows at once: UPDATE and DELETE by a list of keys, objects handed in as dicts."""
    class_ = chance.one([Book, Loan, Shelf, Sticker])
    table = TABLES[class_.__tablename__]
    numbers = chance.some([1, 2, 3], most=3)
    new = [chance.row(table, keyed=False) for _ in numbers]
    changes = chance.settings(table, keys=False)
    changed = [{"id": number, **changes} for number in numbers]
    return chance.one(
        [
            _running(insert(class_), new),
            _running(update(class_), changed),
            Write(f"bulk_update {changed}", lambda s: s.bulk_update_mappings(class_, changed)),
            Write(f"bulk_insert {new}", lambda s: s.bulk_insert_mappings(class_, new)),
        ]
    )


def textual(chance: Chance) -> Write:
    one, other = chance.one([1, 2, 3]), chance.one([1, 2, 3])
    texts = [
        "UPDATE cachelab.book SET shelf_id = :one WHERE id = :other",
        "DELETE FROM ONLY cachelab.shelf WHERE id = :one -- all its books",
        "INSERT INTO cachelab.shelf (name) VALUES ('UPDATE book')",
        "UPDATE cachelab.label SET code = 'c' WHERE code = 'a'",
        """WITH gone AS (DELETE FROM cachelab.loan WHERE id = :one RETURNING *)
           INSERT INTO cachelab.loan (book_id, note) SELECT :other, note FROM gone""",
        """MERGE INTO "cachelab".seat s USING cachelab.shelf f ON s.row = f.id
           WHEN MATCHED THEN UPDATE SET floor = :one""",
        "TRUNCATE cachelab.label CASCADE",
    ]
    return _running(text(chance.one(texts)), [{"one": one, "other": other}])


def by_the_driver(chance: Chance) -> Write:
    """COPY and text on the driver's own cursor."""
    number, floor = chance.one([4, 5, 6]), chance.value(TABLES["seat"].c.floor)

    def do(session: Session) -> None:
        raw = session.connection().connection.cursor()
        assert isinstance(raw, cursor)
        if number == 4:
            raw.execute("UPDATE cachelab.seat SET floor = %s WHERE number = 1", (floor,))
        elif number == 5:
            raw.copy_expert("COPY cachelab.seat FROM STDIN", io.StringIO(f"5\t{floor}\t{floor}\n"))
        else:
            execute_values(raw, "INSERT INTO cachelab.shelf (name) VALUES %s", [("t",), ("u",)])

    return Write(f"the driver's {number}, {floor}", do)


def writing(chance: Chance) -> Write:
    kinds = [unit_of_work, unit_of_work, insertion, alteration, alteration, by_the_list]
    kinds += [textual, textual, by_the_driver]
    return chance.one(kinds)(chance)


writings = by_chance(writing)


def _running(statement: Any, rows: list[dict[str, Any]] | None = None) -> Write:  # noqa: ANN401
    if rows is None:
        return Write(f"{statement}", lambda session: session.execute(statement))
    given = rows[0] if len(rows) == 1 else rows
    return Write(f"{statement} {rows}", lambda session: session.execute(statement, given))
