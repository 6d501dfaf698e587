"""Of what an answer depends: the tags of a SELECT."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from sqlalchemy import CompoundSelect, Executable, Select, Table
from sqlalchemy.sql.cache_key import CacheKey

from app.cache.analysis import tables, tags
from app.cache.analysis.entities import brought_along
from app.cache.analysis.refusals import Unanalysable, Uncacheable
from app.cache.analysis.rendering import (
    Occurrence,
    Rendering,
    RenderingDialect,
    refuse_own_rendering,
)
from app.cache.analysis.restrictions import Restriction
from app.cache.analysis.values import spelled

# Past this many values one tag for the table costs less than a tag for each.
MOST_VALUES = 20
# Statements differ in shape, not in values; an application has a few hundred shapes.
_MOST_SHAPES = 1000

_Asking = Select[*tuple[object, ...]] | CompoundSelect[*tuple[object, ...]]
_DIALECT: Final = RenderingDialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Restricted:
    """A table of which only some rows can matter: its tags, and how each restriction's begin."""

    whole: str
    any_row: str
    by: tuple[tuple[Restriction, str], ...]

    @classmethod
    def at(cls, place: Occurrence) -> "Restricted":
        by = ((one, tags.prefix(place.table, one.column)) for one in place.restrictions)
        return cls(tags.whole(place.table), tags.any_row(place.table), tuple(by))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement of one shape reads, whatever the values bound to it."""

    rendered: Rendering
    whole: frozenset[str]
    restricted: tuple[Restricted, ...]

    def tags(self, key: CacheKey | None, parameters: Mapping[str, object] | None) -> frozenset[str]:
        """The tags, with the values of the statement that has this key."""
        if not self.restricted and not self.rendered.times:
            return self.whole
        values = self.rendered.construct_params(
            parameters,
            extracted_parameters=None if key is None else key.bindparams,
            escape_names=False,
            _check=False,
            _collected_params=None if key is None else key.params,
        )
        if any(_has_text(values.get(name)) for name in self.rendered.times):
            raise Uncacheable("a text given for a time may read the clock: give it as a date")
        found = set(self.whole)
        for table in self.restricted:
            for restriction, prefix in table.by:
                if parts := self._parts(restriction, prefix, values):
                    found |= {*parts, table.any_row}
                    break
            else:
                found.add(table.whole)
        return frozenset(found)

    def _parts(
        self, restriction: Restriction, prefix: str, values: Mapping[str, object]
    ) -> set[str]:
        """The rows or partitions admitted; none if they cannot be told."""
        value = self.rendered.value(restriction.value, values)
        many = _listed(value) if getattr(restriction.value, "expanding", False) else [value]
        if len(many) > MOST_VALUES:
            return set()
        type_ = restriction.column.type
        texts = [spelled(type_, one) for one in many]
        known = {tags.part_of(prefix, text) for text in texts if text is not None}
        return set() if None in texts else known


def _has_text(value: object) -> bool:
    return any(isinstance(one, str) for one in (value, *_listed(value)))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


_readings: dict[object, Reading] = {}
_adding = Lock()


def read_tags(
    statement: Executable, parameters: Mapping[str, object] | None = None
) -> frozenset[str]:
    """All the answer depends on; `Uncacheable` if it is no answer to keep, or cannot be analysed.

    `parameters` take the place of bound values, by name, as they do when the statement is executed.
    """
    if not isinstance(statement, Select | CompoundSelect):
        raise Unanalysable.reading(f"{type(statement).__name__} is no select()")
    key = statement._generate_cache_key()  # noqa: SLF001 as SQLAlchemy's own caches do
    if key is None:
        return _analysed(statement, None).tags(None, parameters)
    # Late declarations may have changed which columns part a table.
    shape = (key.key, tables.declarations())
    reading = _readings.get(shape)
    if reading is None:
        reading = _analysed(statement, key)
        with _adding:
            while len(_readings) >= _MOST_SHAPES:
                _readings.pop(next(iter(_readings)))
            _readings[shape] = reading
    return reading.tags(key, parameters)


def _analysed(statement: _Asking, key: CacheKey | None) -> Reading:
    rendered = _rendered(statement, key)
    read = rendered.read()
    _refuse_untagged(place.table for place in read)
    whole = {tags.whole(place.table) for place in read if not place.restrictions}
    others, between = brought_along(statement)
    brought = {place.table for other in others for place in _rendered(other, None).read()}
    brought |= set(between)
    _refuse_untagged(brought)
    whole |= {tags.whole(table) for table in brought}
    restricted = tuple(Restricted.at(place) for place in read if place.restrictions)
    return Reading(rendered, frozenset(whole), restricted)


def _refuse_untagged(read: Iterable[Table]) -> None:
    for table in read:
        if tables.is_untagged(table):
            raise Uncacheable(
                f"{table.fullname} is written without tags ({tables.UNTAGGED}): let the answer"
                " live by the clock, with tags=() and a short fresh_for"
            )


def _rendered(statement: _Asking, key: CacheKey | None) -> Rendering:
    refuse_own_rendering(statement)
    rendered = statement.compile(dialect=_DIALECT, cache_key=key)
    if not isinstance(rendered, Rendering):
        raise Unanalysable.reading(f"{type(statement).__name__} is not rendered as SQL")
    return rendered
