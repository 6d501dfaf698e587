"""Which rows of a table can influence a statement: the equalities that must hold for them.

A filter `T.c = v` over a tree of joins, inner or outer, admits no row made of a T with another
value, nor one where T was filled up with NULLs: rows of T with another value change nothing above
it. That holds for the WHERE, for an inner join's ON below that join, and for an outer join's ON on
the side it fills up; on the side it preserves the ON decides nothing, and under FULL on neither.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Column,
    ColumnElement,
    FromClause,
    Table,
    false,
    true,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    AsBoolean,
    BinaryExpression,
    BooleanClauseList,
    ColumnClause,
    False_,
    Grouping,
    True_,
)
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, Join

from app.cache.analysis.tables import key_column, partition_columns
from app.cache.analysis.values import family

_Spot = tuple[FromClause, str]


# What a column may be held equal to: bound values, and the two that are written out.
Value = BindParameter[Any] | True_ | False_
_TRUTHS = {operators.is_true: true(), operators.is_false: false()}


@dataclass(frozen=True, slots=True)
class Place:
    """A table where it stands in a FROM, with the conditions that its rows must meet."""

    standing: FromClause
    table: Table
    conditions: tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class Restriction:
    """Only rows count whose column equals the value, or one of the values."""

    column: Column[object]
    value: Value


def places(from_: ClauseElement, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Place]:
    """Every table of a FROM element; what is no table, alias or join of those gives nothing."""
    if isinstance(from_, Join):
        on = () if from_.onclause is None else tuple(conjuncts([from_.onclause]))
        left = right = tuple(conditions)
        if not from_.full:
            right = (*right, *on)
            left = left if from_.isouter else right
        yield from places(from_.left, left)
        yield from places(from_.right, right)
    elif isinstance(from_, FromGrouping):
        yield from places(from_.element, conditions)
    elif isinstance(from_, Table):
        yield Place(from_, from_, tuple(conditions))
    elif isinstance(from_, AliasedReturnsRows) and isinstance(from_.element, Table):
        yield Place(from_, from_.element, tuple(conditions))


def conjuncts(conditions: Iterable[object]) -> Iterator[ColumnElement[bool]]:
    """The conditions, of which each must hold, with AND taken apart."""
    for condition in conditions:
        if isinstance(condition, Grouping):
            yield from conjuncts([condition.element])
        elif isinstance(condition, BooleanClauseList):
            if condition.operator is operators.and_:
                yield from conjuncts(condition.clauses)
        elif isinstance(condition, ColumnElement):
            yield condition


def restrictions(place: Place) -> tuple[Restriction, ...]:
    """What restricts the table by its row column or a partition, the most precise first."""
    key = key_column(place.table)
    wanted = (*(() if key is None else (key,)), *partition_columns(place.table))
    if not wanted or not place.conditions:
        return ()
    equal = _Equalities(place.conditions)
    return tuple(
        Restriction(column, value)
        for column in wanted
        for value in equal.to(place.standing, column)
    )


def values_of(place: Place, column: Column[object]) -> list[Value]:
    """The values of which the column must equal one, whatever column it is."""
    return _Equalities(place.conditions).to(place.standing, column)


class _Equalities:
    """Which columns equal a value when all conditions hold, be it by way of other columns."""

    def __init__(self, conditions: Iterable[ColumnElement[bool]]) -> None:
        self._values: dict[_Spot, list[Value]] = {}
        self._same: list[tuple[_Spot, _Spot]] = []
        for condition in conditions:
            if isinstance(condition, BinaryExpression):
                self._note(condition.left, condition.right, condition.operator)
            elif isinstance(condition, AsBoolean) and condition.operator in _TRUTHS:
                self._note(condition.element, _TRUTHS[condition.operator], operators.is_)

    def to(self, standing: FromClause, column: Column[object]) -> list[Value]:
        """The values this column equals; asked through equal columns of the same kind."""
        reached: list[_Spot] = [(standing, column.name)]
        for here in reached:
            for one, other in self._same:
                if one == here and other not in reached:
                    reached.append(other)
                if other == here and one not in reached:
                    reached.append(one)
        found = [value for place in reached for value in self._values.get(place, ())]
        return [value for value in found if _alike(value, column)]

    def _note(self, left: object, right: object, operator: object) -> None:
        if isinstance(left, BindParameter | True_ | False_):
            left, right = right, left
        column = _column(left)
        if column is None:
            return
        # IN a list is equal to one of it; of a single value no list is bound.
        expands = isinstance(right, BindParameter) and right.expanding
        wanted = {operators.in_op} if expands else {operators.eq, operators.is_}
        if operator not in wanted:
            return
        if isinstance(right, BindParameter | True_ | False_):
            self._values.setdefault(column, []).append(right)
        elif operator is operators.eq and _alike(left, right):
            other = _column(right)
            self._same += [] if other is None else [(column, other)]


def _column(element: object) -> _Spot | None:
    if not isinstance(element, ColumnClause) or element.is_literal or element.table is None:
        return None
    return (element.table, element.name)


def _alike(left: object, right: object) -> bool:
    """Whether equal values of both have one spelling."""
    if not isinstance(left, ColumnElement) or not isinstance(right, ColumnElement):
        return False
    return family(left.type) is not None and family(left.type) == family(right.type)
