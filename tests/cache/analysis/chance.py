"""Choices by a seed. Hypothesis draws the seeds: it drops whole questions and writes."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from sqlalchemy import Integer, Table

from tests.cache.analysis.library import TABLES, VALUES

T = TypeVar("T")


class Chance:
    """What the seed decides."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 tests must repeat

    def one(self, of: Sequence[T]) -> T:
        return self._random.choice(of)

    def some(self, of: Sequence[T], *, most: int) -> list[T]:
        """At least one of them."""
        return self._random.sample(of, self._random.randint(1, min(most, len(of))))

    def times(self, most: int) -> range:
        return range(self._random.randint(1, most))

    def in_(self, chances: int) -> bool:
        """True in one of so many."""
        return self._random.randrange(chances) == 0

    def table(self) -> Table:
        return TABLES[self.one(sorted(TABLES))]

    def value(self, column: Any) -> Any:  # noqa: ANN401 of whatever type the column is
        """One of the few values the column may have."""
        if column.name in VALUES:
            return self.one(VALUES[column.name])
        return self._random.randint(1, 4) if isinstance(column.type, Integer) else self.one("tu")

    def row(self, table: Table, *, keyed: bool = True) -> dict[str, Any]:
        """A row of the table; its number may be left to the server."""
        columns = [
            column for column in table.c if keyed or column.key != "id" or column.foreign_keys
        ]
        return {
            column.key: None if column.nullable and self.in_(4) else self.value(column)
            for column in columns
        }

    def settings(self, table: Table, *, keys: bool = True) -> dict[str, Any]:
        """New values for one or two columns."""
        columns = [column for column in table.c if keys or not column.primary_key]
        return {column.key: self.value(column) for column in self.some(columns, most=2)}


def by_chance(make: Callable[[Chance], T]) -> st.SearchStrategy[T]:
    return st.integers(0, 2**32).map(lambda seed: make(Chance(seed)))
