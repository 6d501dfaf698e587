"""What a SELECT reads, noted while SQLAlchemy renders it: what is rendered is what is run.

The compiler has settled what a walk over the statement would have to guess: which FROMs a
subquery takes from its surroundings, how an entity's inheritance and eager loads are joined, which
criteria options add.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import (
    CTE,
    BinaryExpression,
    BindParameter,
    Cast,
    ClauseElement,
    ColumnClause,
    Dialect,
    FromClause,
    Function,
    Select,
    Table,
)
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.sql import operators, sqltypes, visitors
from sqlalchemy.sql.elements import True_
from sqlalchemy.types import TypeEngine

from app.cache.analysis.functions import STEADY
from app.cache.analysis.refusals import Unanalysable, Uncacheable
from app.cache.analysis.restrictions import Restriction, Value, conjuncts, places, restrictions

# Text inside a statement may say anything; these say nothing: `*`, a number, a plain string.
_HARMLESS = re.compile(r"\*|[0-9.]+|'[^'\\]*'|NULL|TRUE|FALSE", re.IGNORECASE)
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_TIMES = (sqltypes.Date, sqltypes.DateTime, sqltypes.Time)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A table read in one place, and what restricts its rows there; nothing: any row counts."""

    table: Table
    restrictions: tuple[Restriction, ...] = ()


class Rendering(PGCompiler):
    """Renders for PostgreSQL and notes the tables read; refuses what it cannot vouch for."""

    def __init__(
        self, dialect: Dialect, statement: ClauseElement | None, **options: object
    ) -> None:
        self.occurrences: list[Occurrence] = []
        self._rendered: Counter[str] = Counter()
        self._tables: dict[str, Table] = {}
        self._recursions = 0
        super().__init__(dialect, statement, **options)  # type: ignore[arg-type]
        self.times = [name for bound, name in self.bind_names.items() if _is_time(bound.type)]

    def read(self) -> list[Occurrence]:
        """All that was read. A table that stood in no place understood counts whole."""
        understood = Counter(place.table.fullname for place in self.occurrences)
        unclear = self._rendered - understood
        return [*self.occurrences, *(Occurrence(self._tables[name]) for name in unclear)]

    def value(self, of: Value, values: Mapping[str, object]) -> object:
        """The value, among those handed to the server by name; None if it is not known."""
        if isinstance(of, BindParameter):
            return values.get(self.bind_names.get(of, ""))
        return isinstance(of, True_)

    def _compose_select_body(
        self,
        text: str,
        select: Select[*tuple[object, ...]],
        compile_state: object,
        inner_columns: list[str],
        froms: Sequence[FromClause],
        *rest: object,
    ) -> str:
        refuse_own_rendering(select)  # once more: options have added criteria by now
        if select._hints or select._statement_hints:  # noqa: SLF001 no public way tells
            raise Unanalysable.reading("a hint is text")
        where = () if select.whereclause is None else tuple(conjuncts([select.whereclause]))
        for from_ in froms:
            for place in places(from_, where):
                # Inside a recursive CTE rows meet rows of earlier rounds: any row counts.
                found = () if self._recursions else restrictions(place)
                self.occurrences.append(Occurrence(place.table, found))
        body = super()._compose_select_body  # SQLAlchemy leaves its compiler untyped
        return str(body(text, select, compile_state, inner_columns, froms, *rest))  # type: ignore[no-untyped-call]

    def visit_table(self, table: FromClause, asfrom: bool = False, **options: object) -> str:  # type: ignore[override]  # noqa: FBT001, FBT002
        if asfrom:
            if not isinstance(table, Table):
                raise Unanalysable.reading(f"{table} is not declared as a Table")
            if table.is_view:
                raise Unanalysable.reading(f"{table} is a view")
            self._rendered[table.fullname] += 1
            self._tables[table.fullname] = table
        return str(super().visit_table(table, asfrom=asfrom, **options))  # type: ignore[no-untyped-call]

    def visit_cte(self, cte: CTE, *arguments: Any, **options: Any) -> str | None:  # noqa: ANN401
        self._recursions += cte.recursive
        try:
            return super().visit_cte(cte, *arguments, **options)
        finally:
            self._recursions -= cte.recursive

    def visit_function(self, func: Function[Any], *arguments: Any, **options: Any) -> str:  # noqa: ANN401
        if func.name.lower() not in STEADY or {*func.packagenames} - {"pg_catalog"}:
            raise Uncacheable(f"{func.name}() may answer otherwise though no row has changed")
        return super().visit_function(func, *arguments, **options)

    def visit_column(self, column: ColumnClause[Any], *arguments: Any, **options: Any) -> str:  # noqa: ANN401
        if column.is_literal and not _HARMLESS.fullmatch(column.name):
            raise Unanalysable.reading(f"{column.name!r} is text")
        return super().visit_column(column, *arguments, **options)

    def visit_cast(self, cast: Cast[Any], **options: object) -> str:
        # 'today'::date is read off the clock.
        if _is_time(cast.type) and not _is_time(cast.clause.type):
            raise Uncacheable("a text cast to a time may read the clock")
        return str(super().visit_cast(cast, **options))  # type: ignore[no-untyped-call]

    def visit_binary(self, binary: BinaryExpression[Any], *arguments: Any, **options: Any) -> str:  # noqa: ANN401
        sides = (binary.left, binary.right)
        if any(_is_time(side.type) for side in sides) and any(map(_is_bound_text, sides)):
            raise Uncacheable("a text compared with a time may read the clock")
        return str(super().visit_binary(binary, *arguments, **options))  # type: ignore[no-untyped-call]

    def visit_custom_op_binary(
        self, element: object, operator: operators.custom_op[Any], **options: object
    ) -> str:
        _known_operator(operator)
        return str(super().visit_custom_op_binary(element, operator, **options))  # type: ignore[no-untyped-call]

    def visit_custom_op_unary_operator(
        self, element: object, operator: operators.custom_op[Any], **options: object
    ) -> str:
        _known_operator(operator)
        return str(super().visit_custom_op_unary_operator(element, operator, **options))  # type: ignore[no-untyped-call]

    def visit_custom_op_unary_modifier(
        self, element: object, operator: operators.custom_op[Any], **options: object
    ) -> str:
        _known_operator(operator)
        return str(super().visit_custom_op_unary_modifier(element, operator, **options))  # type: ignore[no-untyped-call]

    def for_update_clause(self, select: object, **options: object) -> NoReturn:
        raise Uncacheable("it locks the rows it reads")

    def visit_tablesample(self, *arguments: object, **options: object) -> NoReturn:
        raise Uncacheable("a sample is another one each time")

    def visit_sequence(self, *arguments: object, **options: object) -> NoReturn:
        raise Uncacheable("a sequence gives another number each time")

    def _writes(self, *arguments: object, **options: object) -> NoReturn:
        raise Uncacheable("it writes")

    def _is_text(self, *arguments: object, **options: object) -> NoReturn:
        raise Unanalysable.reading("text may read any table")

    visit_insert = visit_update = visit_delete = _writes
    visit_textclause = visit_textual_select = visit_tstring = visit_tstring_text = _is_text
    visit_lambda_element = _is_text


class RenderingDialect(PGDialect_psycopg2):
    """PostgreSQL, rendered for what it reads."""

    supports_statement_cache = True
    statement_compiler = Rendering  # type: ignore[assignment]


def refuse_own_rendering(statement: ClauseElement) -> None:
    """Refuse what sqlalchemy.ext.compiler has render whatever its author liked."""
    for element in visitors.iterate(statement):
        if hasattr(type(element), "_compiler_dispatcher"):
            raise Unanalysable.reading(f"{type(element).__name__} renders text of its own")


def _is_time(type_: TypeEngine[Any]) -> bool:
    return isinstance(type_, _TIMES)


def _is_bound_text(side: ClauseElement) -> bool:
    return isinstance(side, BindParameter) and isinstance(side.type, sqltypes.String)


def _known_operator(operator: operators.custom_op[Any]) -> None:
    if not _OPERATOR.fullmatch(operator.opstring):
        raise Unanalysable.reading(f"the operator {operator.opstring!r} is text")
