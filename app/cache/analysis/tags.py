"""How tags are spelled: `call`, `call:7`, `call:line_id=5`, `call:*`."""

from sqlalchemy import Column, Table

from app.cache.analysis.tables import key_column

# The marks of the spelling itself, and of schema.table.
_IN_VALUES = str.maketrans({mark: f"%{ord(mark):02X}" for mark in "%:=*"})
_IN_NAMES = str.maketrans({mark: f"%{ord(mark):02X}" for mark in "%:=*."})


def named(table: str, schema: str | None) -> str:
    """The tag of a table; `public` is PostgreSQL's default schema and is left out."""
    name = table.translate(_IN_NAMES)
    return name if schema in {None, "public"} else f"{str(schema).translate(_IN_NAMES)}.{name}"


def whole(table: Table) -> str:
    """The table, whichever of its rows changed."""
    return named(table.name, table.schema)


def any_row(table: Table) -> str:
    """Rows of the table may have changed, and nobody knows which."""
    return f"{whole(table)}:*"


def wide(table: Table) -> frozenset[str]:
    """What a write touches of which the rows are unknown."""
    return frozenset((whole(table), any_row(table)))


def part(table: Table, column: Column[object], value: str) -> str:
    """The rows whose column has that value, spelled by `values.spelled`."""
    return part_of(prefix(table, column), value)


def prefix(table: Table, column: Column[object]) -> str:
    """What stands before the value; of the column that names a row alone, the value stands alone.

    Worked out once for a statement: a first-seen parameter cost 13 µs without that, and 8 with it.
    """
    if column is key_column(table):
        return f"{whole(table)}:"
    return f"{whole(table)}:{column.name.translate(_IN_VALUES)}="


def part_of(prefix: str, value: str) -> str:
    """The tag with this prefix and value; numbers have no mark to be escaped."""
    return prefix + (value if value.isalnum() else value.translate(_IN_VALUES))
