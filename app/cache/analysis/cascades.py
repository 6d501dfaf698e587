"""Which other tables PostgreSQL changes by itself when rows of one change: by foreign keys."""

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.exc import NoReferencedTableError

from app.cache.analysis import tags
from app.cache.analysis.tables import known_tables

# Names of columns; None stands for any.
Columns = frozenset[str] | None


def reached(table: Table, *, deleted: bool, updated: Columns) -> set[Table]:
    """All tables in which rows change when rows of this one are deleted, or columns updated."""
    found: set[Table] = set()
    asked = set()
    open_: list[tuple[Table, bool, Columns]] = [(table, deleted, updated)]
    while open_:
        changed = open_.pop()
        if changed in asked:
            continue
        asked.add(changed)
        for next_ in _passed_on(changed[0], deleted=changed[1], updated=changed[2]):
            found.add(next_[0])
            open_.append(next_)
    return found


def referring(table: Table) -> set[Table]:
    """All tables that refer to this one, or to one that does: TRUNCATE … CASCADE empties them."""
    found = {table}
    open_ = [table]
    while open_:
        for constraint in _constraints_on(open_.pop()):
            if constraint.table not in found:
                found.add(constraint.table)
                open_.append(constraint.table)
    return found - {table}


def _passed_on(
    table: Table, *, deleted: bool, updated: Columns
) -> Iterator[tuple[Table, bool, Columns]]:
    for constraint in _constraints_on(table):
        own = frozenset(column.name for column in constraint.columns)
        others = {element.column.name for element in constraint.elements}
        if deleted and _acts(constraint.ondelete):
            removes = str(constraint.ondelete).upper().startswith("CASCADE")
            yield (constraint.table, removes, frozenset() if removes else own)
        if _acts(constraint.onupdate) and (updated is None or updated & others):
            yield (constraint.table, False, own)


def _constraints_on(table: Table) -> Iterator[ForeignKeyConstraint]:
    # Compared by name: the same table may be declared in two collections.
    name = tags.whole(table)
    for other in known_tables():
        for constraint in other.foreign_key_constraints:
            try:
                refers = tags.whole(constraint.referred_table) == name
            except NoReferencedTableError:  # its table is not declared: nothing can refer to it
                continue
            if refers:
                yield constraint


def _acts(action: str | None) -> bool:
    return action is not None and action.upper().startswith(("CASCADE", "SET"))
