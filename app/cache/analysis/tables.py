"""What is known of tables: their row column, their declared partitions, which of them there are."""

from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Column, MetaData, Table, event
from sqlalchemy.orm import Mapper, mapperlib

from app.cache.analysis.values import family

DECLARATION: Final = "cache_partitions"
# Says of a mapped class, or in a table's `info`, that its writers name no tags.
UNTAGGED: Final = "cache_untagged"


class NoPartition(Exception):
    """`cache_partitions` names something a table cannot be partitioned by."""


class _Known:
    """Every table declared in this process, and what mapped classes declare of them."""

    def __init__(self) -> None:
        self.collections: WeakSet[MetaData] = WeakSet()
        self.by_class: WeakKeyDictionary[Table, tuple[Column[object], ...]] = WeakKeyDictionary()
        self.untagged: WeakSet[Table] = WeakSet()
        # Counts declarations: what was worked out under an older count is worked out anew.
        self.count = 0

    def add_collection(self, collection: MetaData) -> None:
        self.collections.add(collection)
        self.count += 1

    def add_class(self, mapper: Mapper[object]) -> None:
        for name in _names(mapper.class_, getattr(mapper.class_, DECLARATION, ())):
            column = mapper.columns.get(name)
            if not isinstance(column, Column) or not isinstance(column.table, Table):
                raise NoPartition(f"{mapper.class_.__name__}.{name} is no column")
            declared = self.by_class.get(column.table, ())
            if column not in set(declared):
                self.by_class[column.table] = (*declared, _usable(column))
        if getattr(mapper.class_, UNTAGGED, False) and isinstance(mapper.local_table, Table):
            self.untagged.add(mapper.local_table)
        self.count += 1


_known = _Known()


def key_column(table: Table) -> Column[object] | None:
    """The single column that names a row, if its values can stand in a tag."""
    columns = list(table.primary_key)
    return columns[0] if len(columns) == 1 and family(columns[0].type) else None


def partition_columns(table: Table) -> tuple[Column[object], ...]:
    """The columns by which the table's readers and writers are told apart."""
    declared = dict.fromkeys(_known.by_class.get(table, ()))
    for name in _names(table, table.info.get(DECLARATION, ())):
        if name not in table.c:
            raise NoPartition(f"{table.fullname} has no column {name}")
        declared[_usable(table.c[name])] = None
    return tuple(declared)


def is_untagged(table: Table) -> bool:
    """Whether the table is written without a word to the cache: answers live by the clock."""
    return table in _known.untagged or bool(table.info.get(UNTAGGED))


def known_tables() -> Iterator[Table]:
    """All tables declared so far."""
    for collection in list(_known.collections):
        yield from list(collection.tables.values())


def declarations() -> int:
    """A number that grows whenever a table or a class is declared."""
    return _known.count


def _names(owner: object, declared: object) -> tuple[str, ...]:
    if not isinstance(declared, tuple | list):
        raise NoPartition(f"{DECLARATION} of {owner} must be a tuple of names")
    return tuple(declared)


def _usable(column: Column[object]) -> Column[object]:
    if family(column.type) is None:
        raise NoPartition(f"{column} is a {column.type!r}: one value may have several spellings")
    return column


def _table_added(_: Table, parent: MetaData) -> None:
    _known.add_collection(parent)


def _class_mapped(mapper: Mapper[object], _: type) -> None:
    if isinstance(mapper.local_table, Table):
        _known.add_collection(mapper.local_table.metadata)
    _known.add_class(mapper)


# Those declared later tell of themselves; those declared before this import are asked for.
event.listen(Table, "after_parent_attach", _table_added)
event.listen(Mapper, "after_mapper_constructed", _class_mapped)
for _registry in list(mapperlib._all_registries()):  # noqa: SLF001 no public way lists them
    for _mapper in list(_registry.mappers):
        _class_mapped(_mapper, _mapper.class_)
