"""How a column's value is spelled in a tag: the same for readers and writers, or not at all.

Two values PostgreSQL holds equal must have one spelling, or a writer misses a reader. So only types
of which that is certain are spelled; by the rest nobody is restricted, which costs precision alone.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import sqltypes
from sqlalchemy.types import TypeEngine

# Named one by one: CHAR ignores trailing spaces, CITEXT case, NUMERIC trailing zeros, a moment
# its offset, and a TypeDecorator may change any value on its way.
_FAMILIES: Mapping[type, str] = {
    **dict.fromkeys((sqltypes.Integer, sqltypes.BigInteger, sqltypes.SmallInteger), "int"),
    **dict.fromkeys((sqltypes.INTEGER, sqltypes.BIGINT, sqltypes.SMALLINT), "int"),
    **dict.fromkeys((sqltypes.String, sqltypes.Text, sqltypes.VARCHAR, sqltypes.TEXT), "str"),
    **dict.fromkeys((sqltypes.Unicode, sqltypes.UnicodeText), "str"),
    **dict.fromkeys((sqltypes.Uuid, sqltypes.UUID), "uuid"),
    **dict.fromkeys((sqltypes.Boolean, sqltypes.BOOLEAN), "bool"),
    **dict.fromkeys((sqltypes.Date, sqltypes.DATE), "date"),
    **dict.fromkeys((sqltypes.Enum, postgresql.ENUM), "enum"),
}


def family(type_: TypeEngine[object]) -> str | None:
    """The kind of value, if values of this type have one spelling each; else None."""
    # A variant is another type on the server; a collation may hold different texts equal.
    if getattr(type_, "_variant_mapping", None) or getattr(type_, "collation", None):
        return None
    return _FAMILIES.get(type(type_))


def spelled(type_: TypeEngine[object], value: object) -> str | None:
    """The value's one spelling, or None where it is not certain how the server will hold it."""
    spell = _SPELLINGS.get(family(type_) or "")
    return None if spell is None else spell(type_, value)


def from_driver(type_: TypeEngine[object], value: object, dialect: Dialect) -> object:
    """The value as SQLAlchemy would hand it out."""
    convert = type_.dialect_impl(dialect).result_processor(dialect, None)
    return value if convert is None or value is None else convert(value)


def _int(_: TypeEngine[object], value: object) -> str | None:
    # Exactly an int: the driver may write a subclass its own way, and True is no row number.
    return str(value) if type(value) is int else None


def _str(type_: TypeEngine[object], value: object) -> str | None:
    length = getattr(type_, "length", None)
    # Too long a text is refused, unless spaces alone are too many: those are cut off.
    fits = type(value) is str and (length is None or len(value) <= length)
    return str(value) if fits else None


def _bool(_: TypeEngine[object], value: object) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _date(_: TypeEngine[object], value: object) -> str | None:
    return value.isoformat() if type(value) is dt.date else None


def _uuid(_: TypeEngine[object], value: object) -> str | None:
    try:
        return str(uuid.UUID(value)) if type(value) is str else _uuid_itself(value)
    except ValueError:
        return None


def _uuid_itself(value: object) -> str | None:
    return str(value) if isinstance(value, uuid.UUID) else None


def _member(type_: TypeEngine[object], value: object) -> str | None:
    if not isinstance(type_, sqltypes.Enum):
        return None
    if type_.enum_class is None:
        return value if type(value) is str else None
    # By name, however the type stores it. A string could be a name or a stored value.
    return value.name if isinstance(value, type_.enum_class) else None


_SPELLINGS: Mapping[str, Callable[[TypeEngine[object], object], str | None]] = {
    "int": _int,
    "str": _str,
    "bool": _bool,
    "date": _date,
    "uuid": _uuid,
    "enum": _member,
}
