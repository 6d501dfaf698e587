"""What passes SQLAlchemy by: statements and COPY on the driver's own cursors."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar

import psycopg2.extensions as pg
from psycopg2.sql import Composable

from app.cache.analysis.texts import text_tags

_Query = str | bytes | Composable

Touch = Callable[[pg.connection, frozenset[str]], None]


class Telling(pg.cursor):
    """A cursor that hands the tags of each write to `touch` before the write runs.

    Where a text does not tell, `cursor.cache_tags = [...]` names the tags of whatever it runs.
    """

    touch: ClassVar[Touch]
    cache_tags: Iterable[str] | None = None
    # Set by the recorder on SQLAlchemy's cursors: it knows more of those statements than a text.
    recorded = False

    def execute(self, query: _Query, vars: Any = None) -> None:  # noqa: A002, ANN401 the driver's
        self._tell(query)
        super().execute(query, vars)

    def executemany(self, query: _Query, vars_list: Iterable[Any]) -> None:
        self._tell(query)
        super().executemany(query, vars_list)

    def copy_expert(self, sql: _Query, file: Any, size: int = 8192) -> None:  # noqa: ANN401
        self._tell(sql)
        super().copy_expert(sql, file, size)

    def copy_from(self, file: Any, table: str, *rest: Any, **options: Any) -> None:  # noqa: ANN401
        quoted = table.replace('"', '""')
        self._tell(f'COPY "{quoted}" FROM STDIN')
        super().copy_from(file, table, *rest, **options)

    def callproc(self, procname: str | bytes, *rest: Any) -> None:  # noqa: ANN401
        self._tell("CALL")
        super().callproc(procname, *rest)

    def _tell(self, query: _Query) -> None:
        if self.recorded:
            return
        named = self.cache_tags
        if isinstance(named, str):
            raise TypeError(f"cache_tags is a list of tags, not {named!r}")
        tags = text_tags(self._text(query)) if named is None else frozenset(named)
        if tags:
            type(self).touch(self.connection, tags)

    def _text(self, query: _Query) -> str:
        if isinstance(query, Composable):
            return query.as_string(self)
        return query if isinstance(query, str) else query.decode(errors="replace")


@cache
def telling(cursor: type[pg.cursor], touch: Touch) -> type[pg.cursor]:
    """The same kind of cursor, which tells; for each kind, and each `touch`, one class."""
    if issubclass(cursor, Telling):
        return cursor
    return type(f"Telling{cursor.__name__}", (Telling, cursor), {"touch": staticmethod(touch)})
