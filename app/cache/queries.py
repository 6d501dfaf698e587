"""Named queries: what is asked, under which policy, and what the answer's records are."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

import msgspec
from sqlalchemy import CompoundSelect, Select, TextualSelect, bindparam, inspect, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapper

from app.cache.analysis import read_tags
from app.cache.policy import Policy

Tags = Iterable[str] | Callable[..., Iterable[str]]
Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | TextualSelect
Parameters = tuple[tuple[str, object], ...]
# How many sets of parameters of one query a process remembers the key and tags of.
KNOWN = 4096
# How many of them, the newest, it refreshes when they are written through.
RECENT = 64

# All queries of the process by name: counters and commands speak of them so.
QUERIES: dict[str, "Query"] = {}


class Asked(NamedTuple):
    """A query with its parameters: the answer's key, and what it depends on."""

    digest: str
    tags: tuple[str, ...]


class Query:
    """A statement with a name and a policy, analysed once; answers are tuples of immutable records.

    Build it once, at import: to take a statement apart costs more than to fetch an answer.
    Parameters are SQLAlchemy `bindparam`s. The tags are found in the statement; one that cannot be
    analysed (`text(…).columns(…)`) names them: `tags` is what it depends on, or a function of
    its parameters that gives them. No tags at all: the answer lives by time alone.

    Raises `Unanalysable` or `Uncacheable` when first asked, `ValueError` for a name that is taken.
    """

    def __init__(
        self,
        statement: Statement,
        *,
        name: str,
        policy: Policy,
        tags: Tags | None = None,
    ) -> None:
        self.statement = statement
        self.name = name
        self.policy = policy
        self.record = _record(statement, name)
        self._tags = tags
        self._fingerprint = _fingerprint(statement, self.record)
        self._decoder = msgspec.msgpack.Decoder(tuple[self.record, ...])  # type: ignore[name-defined]
        # What this process asked, newest last: what a writer refreshes.
        self.recent: dict[Parameters, None] = {}
        self.asked = lru_cache(KNOWN)(self._asked)
        known = QUERIES.setdefault(name, self)
        if known._fingerprint != self._fingerprint:  # noqa: SLF001 (one of its own kind)
            raise ValueError(f"two queries are named {name!r}")

    def records(self, rows: Sequence[Sequence[object]]) -> tuple[Any, ...]:
        """The database's rows as records."""
        return tuple(self.record(*row) for row in rows)

    def decode(self, body: bytes) -> tuple[Any, ...]:
        """The records of an encoded answer."""
        records: tuple[Any, ...] = self._decoder.decode(body)
        return records

    def expect(self, **parameters: object) -> None:
        """Have the next write that touches the answer fill it, asked here before or not.

        For a policy of `write_through`: whoever writes rarely, and knows what all others read.
        """
        self.recent[spelled(parameters)] = None

    def touched_by(self, tags: frozenset[str]) -> Iterable[Parameters]:
        """With which parameters, of those this process asked, the answer depends on the tags."""
        return [it for it in list(self.recent) if not tags.isdisjoint(self.asked(it).tags)]

    def _asked(self, parameters: Parameters) -> Asked:
        spelled = hashlib.sha256(repr((self._fingerprint, parameters)).encode()).hexdigest()
        self.recent[parameters] = None
        while len(self.recent) > RECENT:
            del self.recent[next(iter(self.recent))]
        return Asked(f"{self.name}:{spelled[:32]}", tuple(sorted(self._depends_on(parameters))))

    def _depends_on(self, parameters: Parameters) -> Iterable[str]:
        if self._tags is None:
            return read_tags(self.statement, dict(parameters))
        tags = self._tags(**dict(parameters)) if callable(self._tags) else self._tags
        if isinstance(tags, str):
            raise TypeError(f"{self.name}: tags are several, not the text {tags!r}")
        return set(tags)


class Entity(Query):
    """A row of a mapped class by its primary key, which is called `key`; written through.

    Raises `TypeError` for a class whose key is not one column of integers, text or UUIDs.
    """

    def __init__(self, entity: type[object], *, policy: Policy, name: str | None = None) -> None:
        mapper: Mapper[Any] = inspect(entity)
        if len(mapper.primary_key) != 1:
            raise TypeError(f"{entity.__name__} has a key of several columns: write a Query")
        (self._key,) = mapper.primary_key
        self._type = self._key.type.python_type
        if self._type not in (int, str, UUID):
            raise TypeError(f"{entity.__name__} has a key of {self._type.__name__}: write a Query")
        columns = [getattr(entity, attribute.key) for attribute in mapper.column_attrs]
        statement = select(*columns).where(self._key == bindparam("key"))
        super().__init__(statement, name=name or entity.__name__.lower(), policy=policy)

    def touched_by(self, tags: frozenset[str]) -> Iterable[Parameters]:
        """The rows that the tags name, asked before or not."""
        rows = f"{self._key.table.fullname}:"
        named = (tag.removeprefix(rows) for tag in tags if tag.startswith(rows))
        keys = [self._type(unquote(key)) for key in named if "=" not in key and key != "*"]
        return {
            **dict.fromkeys((("key", key),) for key in keys),
            **dict.fromkeys(super().touched_by(tags)),
        }


def spelled(parameters: Mapping[str, object]) -> Parameters:
    """Parameters in one order, so that the same ones are the same question."""
    spelling = tuple(parameters.items())
    return spelling if len(spelling) < 2 else tuple(sorted(spelling))  # noqa: PLR2004 (an order)


def _fingerprint(statement: Statement, record: type[msgspec.Struct]) -> str:
    compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    spelling = (str(compiled), msgspec.json.schema(record))
    return hashlib.sha256(repr(spelling).encode()).hexdigest()


def _record(statement: Statement, name: str) -> type[msgspec.Struct]:
    """A record type with the statement's columns; decoding checks their types.

    Any may be NULL: an outer join makes it so, whatever its table says.
    """
    fields = [
        (str(column.key), column.type.python_type | None) for column in statement.selected_columns
    ]
    return msgspec.defstruct(name.title().replace(" ", ""), fields, frozen=True, array_like=True)
