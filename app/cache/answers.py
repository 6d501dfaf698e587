"""Named queries, and how their answers are spelled."""

import hashlib
import random
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select
from sqlalchemy.dialects import postgresql

from app.cache.analysis import read_tags
from app.cache.policy import Policy

_HEAD = struct.Struct("<I")


class Asked(NamedTuple):
    """A query with its parameters: the answer's key, and what it depends on."""

    digest: str
    tags: tuple[str, ...]


class Query:
    """A statement with a policy, analysed once; its answers are lists of immutable records.

    Build it once, at import: the structure of a statement costs more to take apart than an
    answer to fetch. Parameters are SQLAlchemy `bindparam`s.
    """

    def __init__(self, statement: Select[Any], *, policy: Policy) -> None:
        self.statement = statement
        self.policy = policy
        self.row = _record(statement, policy.name)
        compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
        schema = msgspec.json.schema(self.row)
        self._fingerprint = hashlib.sha256(repr((str(compiled), schema)).encode()).hexdigest()
        self._decoder = msgspec.msgpack.Decoder(list[self.row])  # type: ignore[name-defined]
        self.asked = lru_cache(maxsize=4096)(self._asked)

    def records(self, rows: Sequence[Sequence[object]]) -> list[Any]:
        """The database's rows as records."""
        return [self.row(*row) for row in rows]

    def decode(self, body: bytes) -> list[Any]:
        return self._decoder.decode(body)

    def _asked(self, parameters: tuple[tuple[str, object], ...]) -> Asked:
        spelled = hashlib.sha256(repr((self._fingerprint, parameters)).encode()).hexdigest()
        tags = read_tags(self.statement, dict(parameters))
        return Asked(f"{self.policy.name}:{spelled[:32]}", tuple(sorted(tags)))


def sealed(epoch: bytes, tokens: Sequence[bytes], body: bytes) -> bytes:
    """An answer with what it was filled under in front."""
    seal = b" ".join((epoch, *tokens))
    return _HEAD.pack(len(seal)) + seal + body


def body_if_valid(answer: bytes, epoch: bytes, tokens: Sequence[bytes]) -> bytes | None:
    """The answer's body, if it was filled under just these."""
    seal = b" ".join((epoch, *tokens))
    end = _HEAD.size + len(seal)
    if answer[: _HEAD.size] != _HEAD.pack(len(seal)) or answer[_HEAD.size : end] != seal:
        return None
    return answer[end:]


def lifetime(policy: Policy, chance: Callable[[], float] = random.random) -> timedelta:
    """How long this answer is kept: answers that were filled together do not expire together."""
    return policy.fresh_for * (1 - policy.jitter * chance())


def encode(records: Sequence[msgspec.Struct]) -> bytes:
    return msgspec.msgpack.encode(records)


def _record(statement: Select[Any], name: str) -> type[msgspec.Struct]:
    """A record type with the statement's columns; decoding checks their types."""
    fields = []
    for column in statement.selected_columns:
        kind = column.type.python_type
        nullable = getattr(column, "nullable", True)
        fields.append((str(column.key), kind | None if nullable else kind))
    return msgspec.defstruct(name, fields, frozen=True, array_like=True)


def spelled(parameters: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(parameters.items()))
