"""Which tables a text writes: read off its words, and refused where they do not tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Table

from app.cache.analysis import tags
from app.cache.analysis.cascades import reached, referring
from app.cache.analysis.refusals import Unanalysable
from app.cache.analysis.tables import known_tables
from app.cache.analysis.words import Word, name_at, statements

# Statements in which a write may stand, and those that change no row.
_SEARCHED = (
    *("select", "values", "table", "with", "explain", "declare", "prepare", "copy", "("),
    *("insert", "update", "delete", "merge"),
)
_IDLE = (
    *("begin", "start", "rollback", "savepoint", "release", "abort"),
    *("set", "reset", "show", "listen", "unlisten", "notify", "lock", "fetch", "move", "close"),
    *("vacuum", "analyze", "cluster", "reindex", "checkpoint", "discard", "deallocate"),
    *("grant", "revoke", "comment", "security", "reassign"),
)
# They end a transaction where nobody brackets it.
_COMMITTING = ("commit", "end")
_DEFINING = ("create", "alter", "drop", "refresh")
# UPDATE behind one of these is part of another clause: FOR [NO KEY] UPDATE, DO UPDATE, ON UPDATE.
_PART_OF_A_CLAUSE = ("for", "key", "do", "on", "then", "of", "or", ".")
_OWN = ("temp", "temporary")
_ADJECTIVES = (
    *("or", "replace", "global", "local", *_OWN, "unlogged", "recursive"),
    *("foreign", "materialized"),
)
# What may be created, altered and dropped without any answer changing, unless CASCADE widens it.
_HARMLESS = (
    *("index", "unique", "function", "procedure", "routine", "aggregate", "trigger", "event"),
    *("extension", "sequence", "role", "user", "group", "database", "tablespace", "statistics"),
    *("publication", "subscription", "operator", "cast", "collation", "conversion", "language"),
    *("access", "text", "server", "system", "default", "large", "transform", "constraint"),
)

# This schema is the session's own: nobody else reads its tables.
_TEMPORARY = "pg_temp"
# Longer texts hold their values, and hardly come twice.
_LONGEST_KEPT = 4096

# Most statements only ask, and are let through without being taken apart.
_ASKS = re.compile(
    r"\s*(?:select|with)\b(?!.*(?:;|\b(?:insert|update|delete|merge)\b))", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Written:
    """A table named in a text, and whether rows may vanish, change, or whole tables be emptied."""

    name: tuple[str, ...]
    deletes: bool = False
    updates: bool = False
    empties: bool = False


def text_tags(sql: str, *, default_schema: str | None = None) -> frozenset[str]:
    """All a text touches, each table wide; `Unanalysable` where a table cannot be told."""
    found: set[str] = set()
    for written in (_kept if len(sql) <= _LONGEST_KEPT else _written)(sql):
        schema = written.name[-2] if len(written.name) > 1 else None
        if schema != _TEMPORARY:
            found |= _wide(written.name[-1], None if schema == default_schema else schema)
        for table in _matching(written.name[-1], schema, default_schema):
            found |= tags.wide(table)
            others = reached(
                table, deleted=written.deletes, updated=None if written.updates else frozenset()
            )
            for other in others | (referring(table) if written.empties else set()):
                found |= tags.wide(other)
    return frozenset(found)


def _wide(name: str, schema: str | None) -> set[str]:
    whole = tags.named(name, schema)
    return {whole, f"{whole}:*"}


def _matching(name: str, schema: str | None, default_schema: str | None) -> Iterator[Table]:
    """The declared tables that may be meant; of a bare name the search path decides."""
    namesakes = [table for table in known_tables() if table.name == name]
    schemas = {schema, None} if schema in {"public", default_schema} else {schema}
    exact = [table for table in namesakes if table.schema in schemas]
    yield from exact if schema is not None and exact else namesakes


def _written(sql: str) -> tuple[Written, ...]:
    if _ASKS.match(sql):
        return ()
    return tuple(written for words in statements(sql) for written in _in_statement(words))


_kept = lru_cache(maxsize=1024)(_written)


def _in_statement(words: list[Word]) -> Iterator[Written]:
    first = words[0]
    if first.is_any(*_COMMITTING) or (
        first.is_any("prepare") and _at(words, 1).is_any("transaction")
    ):
        raise Unanalysable(f"{first.text.upper()} passes the cache by; call commit() instead")
    if first.is_any(*_SEARCHED):
        yield from _rows_written(words)
    elif first.is_any("truncate"):
        yield from _truncated(words)
    elif first.is_any(*_DEFINING):
        yield from _defined(words)
    elif not first.is_any(*_IDLE):
        raise Unanalysable.writing(f"{first.text.upper()} may write any table")


def _rows_written(words: list[Word]) -> Iterator[Written]:
    if words[0].is_any("copy") and not _at(words, 1).is_any("("):
        yield from _copied(words)
        return
    for place, word in enumerate(words):
        after = _at(words, place + 1)
        if place and words[place - 1].is_any("."):
            continue
        if word.is_any("insert") and after.is_any("into"):
            # An upsert may update a key that others follow.
            yield _target(words, place + 2, updates=any(one.is_any("conflict") for one in words))
        elif word.is_any("delete") and after.is_any("from"):
            yield _target(words, place + 2, deletes=True)
        elif word.is_any("merge") and after.is_any("into"):
            yield _target(words, place + 2, deletes=True, updates=True)
        elif word.is_any("update") and _is_verb(words, place):
            yield _target(words, place + 1, updates=True)


def _is_verb(words: list[Word], place: int) -> bool:
    """Whether this UPDATE begins a write; it may also be a column, or part of a clause."""
    if place == 0:
        return True
    before = words[place - 1]
    if before.is_any("(", ")", "as", "analyze", "verbose"):
        return True
    return not before.is_any(*_PART_OF_A_CLAUSE) and bool(name_at(words, place + 1)[0])


def _target(
    words: list[Word], place: int, *, deletes: bool = False, updates: bool = False
) -> Written:
    if _at(words, place).is_any("only"):
        place += 1
    name, _ = name_at(words, place)
    if not name:
        raise Unanalysable.writing("the text does not say which table it writes")
    return Written(tuple(name), deletes=deletes, updates=updates)


def _copied(words: list[Word]) -> Iterator[Written]:
    target = _target(words, 1)
    if any(word.is_any("from") for word in words):
        yield target


def _truncated(words: list[Word]) -> Iterator[Written]:
    cascade = any(word.is_any("cascade") for word in words)
    place = 2 if _at(words, 1).is_any("table") else 1
    for name in _names(words, place):
        yield Written(name, empties=cascade)


def _names(words: list[Word], place: int) -> Iterator[tuple[str, ...]]:
    """A list of names: [ONLY] a [*], b."""
    while True:
        if _at(words, place).is_any("only"):
            place += 1
        name, place = name_at(words, place)
        if not name:
            raise Unanalysable.writing("the text does not say which table it writes")
        yield tuple(name)
        if _at(words, place).is_any("*"):
            place += 1
        if not _at(words, place).is_any(","):
            return
        place += 1


def _defined(words: list[Word]) -> Iterator[Written]:
    """What CREATE, ALTER, DROP and REFRESH change; a kind stands behind its adjectives."""
    place = 1
    while _at(words, place).is_any(*_ADJECTIVES):
        place += 1
    kind = _at(words, place)
    if kind.is_any("table", "view"):
        place += 1
        while _at(words, place).is_any("if", "not", "exists", "concurrently"):
            place += 1
        own = words[0].is_any("create") and any(word.is_any(*_OWN) for word in words[1:place])
        for name in _names(words, place):
            # A declared table of this name is meant no longer, so its tags are told even then.
            yield Written((_TEMPORARY, *name[-1:]) if own else name)
    elif kind.is_any("policy"):
        on = next((at for at, word in enumerate(words) if word.is_any("on")), len(words))
        yield _target(words, on + 1)
    elif not _is_harmless(words, kind):
        raise Unanalysable.writing(
            f"{words[0].text.upper()} {kind.text.upper()} may change any table"
        )


def _is_harmless(words: list[Word], kind: Word) -> bool:
    if words[0].is_any("create"):
        return not kind.is_any("rule")
    if kind.is_any("type", "domain"):
        # A label may be renamed under the rows; a new one is in no row yet.
        return words[0].is_any("alter") and any(word.is_any("add") for word in words)
    return kind.is_any(*_HARMLESS) and not any(word.is_any("cascade") for word in words)


def _at(words: list[Word], place: int) -> Word:
    """The word there, or the mark that ends a statement."""
    return words[place] if place < len(words) else Word(";")
