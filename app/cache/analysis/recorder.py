"""Every write through an engine, told by its tags before its transaction commits.

What the driver's own cursors run, COPY above all, is told by those (`cursors`). What triggers and
functions write is not told, nor that a native partition or an inheriting table, written under its
own name, is part of its parent. Whoever does that names the tags himself, by `cache_tags`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.engine.cursor import _NO_CURSOR_DML
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from app.cache.analysis.changes import MOST_ROWS, Change
from app.cache.analysis.cursors import Telling
from app.cache.analysis.statements import understood
from app.cache.analysis.texts import text_tags

Touch = Callable[[DBAPIConnection, frozenset[str]], None]

_OPTION: Final = "cache_tags"
_AWAITED: Final = "cache.awaited"
# From here on UPDATE can return what a column held before.
_RETURNS_OLD: Final = (18,)


@dataclass(slots=True)
class _Awaited:
    """A statement whose tags the server has yet to tell: keys it gives, or values it replaces."""

    context: DefaultExecutionContext
    change: Change
    certain: frozenset[str] = frozenset()
    returning: bool = False
    rows: list[Sequence[object]] = field(default_factory=list)
    executed: bool = False


class WriteRecorder:
    """Hands each write's tags to `touch`, with the raw connection, before the write commits.

    Rows are told apart when all their old and new values are certain: inserted ones, and those
    updated or deleted by primary key. The values an UPDATE replaces are asked of the server, in the
    same statement: what a session has loaded may be out of date. All else is told as wide.
    """

    def __init__(self, touch: Touch) -> None:
        self._touch = touch

    def install(self, engine: Engine) -> None:
        """Listen to all the engine's connections, whichever session, statement or text uses them.

        Do so at once: an engine split off by `execution_options` before does not pass it on.
        """
        event.listen(engine, "before_cursor_execute", self._before, retval=True)
        event.listen(engine, "do_executemany", self._one_by_one)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "after_execute", self._keys_given)
        event.listen(engine, "handle_error", self._failed)
        event.listen(engine, "commit", self._settle)
        event.listen(engine, "prepare_twophase", self._prepared)

    def _before(
        self,
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: object,
        context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001 the event's signature
    ) -> tuple[str, object]:
        if isinstance(cursor, Telling):
            cursor.recorded = True
        awaited = _awaited(connection)
        if awaited is not None and awaited.context is context:
            return statement, parameters  # the next batch of the same INSERT
        self._settle(connection)
        named = _named(context)
        change = _change(context)
        if change is None:
            default = connection.dialect.default_schema_name
            known = text_tags(statement, default_schema=default) if named is None else named
            self._tell(connection, known)
        elif isinstance(context, DefaultExecutionContext):
            self._tell(connection, named or frozenset())
            statement = self._told(connection, change, context, statement)
        return statement, parameters

    def _told(
        self,
        connection: Connection,
        change: Change,
        context: DefaultExecutionContext,
        statement: str,
    ) -> str:
        """Tell what is certain before the statement runs, and await what is not."""
        if len(context.compiled_parameters) > MOST_ROWS:
            self._tell(connection, change.wide)
            return statement
        certain = change.before(_values(context))
        if certain is not None:
            self._tell(connection, certain)
            return statement
        # Under AUTOCOMMIT the statement is its own commit: afterwards is too late.
        if getattr(_raw(connection), "autocommit", False):
            self._tell(connection, change.wide)
            return statement
        inserted = change.inserted(_values(context))
        if inserted is not None and change.gives_keys:
            connection.info[_AWAITED] = _Awaited(context, change, certain=inserted)
        elif _can_return(connection, change, context):
            connection.info[_AWAITED] = _Awaited(context, change, returning=True)
            return f"{statement}\n{_returning(connection, change)}"
        else:
            self._tell(connection, change.wide)
        return statement

    def _one_by_one(
        self,
        cursor: DBAPICursor,
        statement: str,
        parameters: Iterable[Any],
        context: DefaultExecutionContext,
    ) -> bool | None:
        """The driver's executemany throws returned rows away, so ours does what it does by hand."""
        awaited = _awaited(context.root_connection)
        if awaited is None or not awaited.returning:
            return None
        for row in parameters:
            cursor.execute(statement, row)
            awaited.rows += cursor.fetchall()
        context._rowcount = len(awaited.rows)  # noqa: SLF001 the cursor counts the last one only
        return True

    def _after(
        self,
        connection: Connection,
        cursor: DBAPICursor,
        _statement: str,
        _parameters: object,
        _context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001 the event's signature
    ) -> None:
        awaited = _awaited(connection)
        if awaited is None:
            return
        awaited.executed = True
        if awaited.returning:
            rows = awaited.rows or cursor.fetchall()
            # To SQLAlchemy the statement is one that returns no rows, as it was written.
            awaited.context.cursor_fetch_strategy = _NO_CURSOR_DML  # type: ignore[assignment]
            self._tell(connection, awaited.change.returned(rows, connection.dialect))
            del connection.info[_AWAITED]

    def _keys_given(
        self,
        connection: Connection,
        _element: object,
        _multiparams: object,
        _params: object,
        _options: object,
        _result: object,
    ) -> None:
        awaited = _awaited(connection)
        if awaited is None:
            return
        given = awaited.context.inserted_primary_key_rows
        complete = len(given) == len(awaited.context.compiled_parameters)
        keys = awaited.change.keys(row[0] for row in given) if complete else None
        if keys is not None:
            self._tell(connection, awaited.certain | keys)
            del connection.info[_AWAITED]
        self._settle(connection)

    def _failed(self, failure: ExceptionContext) -> None:
        connection = failure.connection
        # A statement the server refused has written nothing; one it ran may yet be committed.
        if connection is not None and not connection.closed and not connection.invalidated:
            awaited = _awaited(connection)
            if awaited is not None and not awaited.executed:
                del connection.info[_AWAITED]
            self._settle(connection)

    def _settle(self, connection: Connection) -> None:
        """Whatever is still awaited is told as wide."""
        awaited = connection.info.pop(_AWAITED, None)
        if awaited is not None:
            self._tell(connection, awaited.change.wide)

    def _prepared(self, connection: Connection, _: object) -> None:
        self._settle(connection)

    def _tell(self, connection: Connection, tags: frozenset[str]) -> None:
        if tags:
            self._touch(_raw(connection), tags)


def _awaited(connection: Connection) -> _Awaited | None:
    found = connection.info.get(_AWAITED)
    return found if isinstance(found, _Awaited) else None


def _raw(connection: Connection) -> DBAPIConnection:
    raw = connection.connection.dbapi_connection
    if raw is None:
        raise RuntimeError("a statement runs on a connection that is gone")
    return raw


def _change(context: ExecutionContext | None) -> Change | None:
    compiled = None if context is None else context.compiled
    if isinstance(compiled, SQLCompiler) and isinstance(compiled.statement, UpdateBase):
        return understood(compiled)
    return None


def _values(context: DefaultExecutionContext) -> list[dict[str, object]]:
    """The values of each row of parameters, by name; those of an IN as the list that was bound."""
    lists = context._expanded_parameters  # noqa: SLF001 no public way tells
    return [
        {**row, **{name: [row[part] for part in parts] for name, parts in lists.items()}}
        for row in context.compiled_parameters
    ]


def _named(context: ExecutionContext | None) -> frozenset[str] | None:
    """The tags a caller names for a statement, in place of what its text would tell."""
    named = None if context is None else context.execution_options.get(_OPTION)
    if isinstance(named, str):
        raise TypeError(f"{_OPTION} is a list of tags, not {named!r}")
    return None if named is None else frozenset(named)


def _can_return(connection: Connection, change: Change, context: DefaultExecutionContext) -> bool:
    version = connection.dialect.server_version_info or ()
    return (
        not change.returns
        and version >= _RETURNS_OLD
        and bool(change.returned_columns())
        and change.bound_rows(_values(context)) is not None
    )


def _returning(connection: Connection, change: Change) -> str:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(
        f"cache_{side}.{quote(column.name)}"
        for column in change.returned_columns()
        for side in ("old", "new")
    )
    return f"RETURNING WITH (OLD AS cache_old, NEW AS cache_new) {columns}"
