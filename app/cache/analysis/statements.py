"""How a compiled INSERT, UPDATE or DELETE is understood; worked out once for each."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Column, Delete, Insert, Table, Update
from sqlalchemy.dialects.postgresql.dml import OnConflictDoNothing
from sqlalchemy.sql.compiler import Compiled, SQLCompiler

from app.cache.analysis import tables, tags
from app.cache.analysis.cascades import reached
from app.cache.analysis.changes import Change
from app.cache.analysis.restrictions import Place, conjuncts, values_of

_understood: WeakKeyDictionary[Compiled, tuple[int, Change | None]] = WeakKeyDictionary()


def understood(compiled: SQLCompiler) -> Change | None:
    """What the statement changes; None where its text has to tell."""
    count, change = _understood.get(compiled, (-1, None))
    if count != tables.declarations():
        change = _worked_out(compiled)
        _understood[compiled] = (tables.declarations(), change)
    return change


def _worked_out(compiled: SQLCompiler) -> Change | None:
    statement = compiled.statement
    table = getattr(compiled.compile_state, "dml_table", None)
    # A CTE may write other tables.
    if compiled.ctes or not isinstance(table, Table):
        return None
    if isinstance(statement, Insert):
        return _insertion(compiled, statement, table)
    if isinstance(statement, Update | Delete):
        return _alteration(compiled, statement, table)
    return None


def _insertion(compiled: SQLCompiler, statement: Insert, table: Table) -> Change:
    key, parts = tables.key_column(table), tables.partition_columns(table)
    clause = statement._post_values_clause  # noqa: SLF001 no public way tells an upsert
    upsert = clause is not None and not isinstance(clause, OnConflictDoNothing)
    # An upsert changes a row of unknown old values, and perhaps of another key.
    unknown = upsert or statement.select is not None or bool(statement._multi_values)  # noqa: SLF001
    columns = parts if key is None else (key, *parts)
    beyond = _wide(reached(table, deleted=False, updated=None)) if upsert else frozenset()
    return Change(
        table,
        key,
        parts,
        beyond=beyond,
        wide=beyond | tags.wide(table),
        inserts=None if unknown else dict(_parameters(compiled, columns)),
        gives_keys=bool(compiled.implicit_returning),
    )


def _parameters(
    compiled: SQLCompiler, columns: tuple[Column[object], ...]
) -> Iterator[tuple[Column[object], str]]:
    """The parameters that hold the inserted values, where a value is one."""
    for column in columns:
        bound = compiled.binds.get(column.key)
        # One named like the column, but inside an expression, is not the column's value.
        if bound is not None and bound._is_crud:  # noqa: SLF001
            yield column, compiled.bind_names[bound]


def _alteration(compiled: SQLCompiler, statement: Update | Delete, table: Table) -> Change:
    key, parts = tables.key_column(table), tables.partition_columns(table)
    deletes = isinstance(statement, Delete)
    updated = frozenset() if deletes else _updated(compiled, table)
    beyond = _wide(reached(table, deleted=deletes, updated=updated))
    return Change(
        table,
        key,
        parts,
        beyond=beyond,
        wide=beyond | tags.wide(table),
        bound=_bound_key(compiled, statement, table),
        returns=bool(compiled.effective_returning),
        moves_key=any(column.name in updated for column in table.primary_key),
    )


def _updated(compiled: SQLCompiler, table: Table) -> frozenset[str]:
    """The names of all columns an UPDATE may set."""
    named = set(compiled.column_keys or ())
    for column in compiled.compile_state._dict_parameters or ():  # type: ignore[union-attr]  # noqa: SLF001
        named.add(column if isinstance(column, str) else column.key)
    return frozenset(
        column.name
        for column in table.columns
        if column.key in named or column.onupdate is not None or column.server_onupdate is not None
    )


def _bound_key(
    compiled: SQLCompiler, statement: Update | Delete, table: Table
) -> tuple[tuple[str, bool], ...]:
    """The parameters that the primary key must equal; none if it is not told."""
    conditions = () if statement.whereclause is None else conjuncts([statement.whereclause])
    place = Place(table, table, tuple(conditions))
    found = []
    for column in table.primary_key:
        bound = next(iter(values_of(place, column)), None)
        if not isinstance(bound, BindParameter) or bound not in compiled.bind_names:
            return ()
        found.append((compiled.bind_names[bound], bound.expanding))
    return tuple(found)


def _wide(others: set[Table]) -> frozenset[str]:
    return frozenset(tag for table in others for tag in tags.wide(table))
