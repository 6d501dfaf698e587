"""What an INSERT, UPDATE or DELETE of one table changes: the tags of its rows, old and new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy import Column, Dialect, Table

from app.cache.analysis import tags
from app.cache.analysis.values import from_driver, spelled

# Past this many rows in one statement their tags cost more than the readers they spare.
MOST_ROWS = 500

_Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """How one statement changes one table, whatever the values bound to it."""

    table: Table
    key: Column[object] | None
    parts: tuple[Column[object], ...]
    # What foreign keys change elsewhere, and all of it together with the table itself.
    beyond: frozenset[str]
    wide: frozenset[str]
    # An INSERT of values: the parameters that hold the columns, by column.
    inserts: Mapping[Column[object], str] | None = None
    # An UPDATE or DELETE by primary key: the parameters its columns equal.
    bound: tuple[tuple[str, bool], ...] = ()
    # Its own RETURNING is in the way of ours.
    returns: bool = False
    gives_keys: bool = False
    moves_key: bool = False

    def before(self, rows: Sequence[_Values]) -> frozenset[str] | None:
        """All the tags, if they are certain before the statement runs."""
        if self.inserts is not None:
            inserted, keys = self.inserted(rows), self.keys_given(rows)
            return None if inserted is None or keys is None else inserted | keys
        bound = self.bound_rows(rows)
        if bound is None or self.moves_key or self.parts:
            return None
        keys = self.keys(row[0] for row in bound)
        return None if keys is None else keys | self.beyond | {tags.whole(self.table)}

    def inserted(self, rows: Sequence[_Values]) -> frozenset[str] | None:
        """The tags of inserted rows, their keys aside; None if a partition is not known."""
        if self.inserts is None or len(rows) > MOST_ROWS:
            return None
        found = {tags.whole(self.table)}
        for column in self.parts:
            name = self.inserts.get(column)
            for row in rows:
                if name is None or name not in row:
                    return None
                if not self._note(column, row[name], found):
                    return None
        return frozenset(found)

    def keys_given(self, rows: Sequence[_Values]) -> frozenset[str] | None:
        """The tags of the rows' keys, if the parameters hold them all."""
        if self.key is None:
            return frozenset()
        name = (self.inserts or {}).get(self.key)
        return None if name is None else self.keys(row.get(name) for row in rows)

    def keys(self, values: Iterable[object]) -> frozenset[str] | None:
        """The tags of rows with these keys; None if one is not known."""
        if self.key is None:
            return frozenset()
        texts = [spelled(self.key.type, value) for value in values]
        named = [tags.part(self.table, self.key, text) for text in texts if text is not None]
        return None if len(named) < len(texts) or len(named) > MOST_ROWS else frozenset(named)

    def bound_rows(self, rows: Sequence[_Values]) -> list[tuple[object, ...]] | None:
        """The primary keys an UPDATE or DELETE names; None if it may change any number of rows."""
        if not self.bound:
            return None
        found: list[tuple[object, ...]] = []
        for row in rows:
            sides = [row[name] if many else [row[name]] for name, many in self.bound]
            found += product(*(_listed(side)[: MOST_ROWS + 1] for side in sides))
            if len(found) > MOST_ROWS:
                return None
        return found

    def returned_columns(self) -> tuple[Column[object], ...]:
        """Whose old and new values tell all that readers can depend on."""
        return (*(() if self.key is None else (self.key,)), *self.parts)

    def returned(self, rows: Sequence[Sequence[object]], dialect: Dialect) -> frozenset[str]:
        """The tags of changed rows, of which each holds every column's old and new value."""
        if not rows:
            return frozenset()
        if len(rows) > MOST_ROWS:
            return self.wide
        columns = [column for column in self.returned_columns() for _ in ("old", "new")]
        found = {tags.whole(self.table), *self.beyond}
        for row in rows:
            for column, raw in zip(columns, row, strict=True):
                if not self._note(column, from_driver(column.type, raw, dialect), found):
                    return self.wide
        return frozenset(found)

    def _note(self, column: Column[object], value: object, found: set[str]) -> bool:
        if value is None:  # no reader asks for it: nothing equals NULL
            return True
        text = spelled(column.type, value)
        if text is not None:
            found.add(tags.part(self.table, column, text))
        return text is not None


def _listed(values: object) -> list[object]:
    if not isinstance(values, list):
        raise TypeError(f"a list of bound values is expected, not {values!r}")
    return values
