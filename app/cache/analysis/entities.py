"""What an entity brings along in statements of its own: eager loads, and columns of subclasses."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, Executable, Select, Table, inspect, select
from sqlalchemy.orm import Load, Mapper, RelationshipProperty
from sqlalchemy.orm.interfaces import CriteriaOption, LoaderOption, UserDefinedOption
from sqlalchemy.orm.util import AliasedInsp

from app.cache.analysis.refusals import Unanalysable

# A joined one is part of the statement itself, unless one before it has a statement of its own:
# it is counted whole like the others, which is sometimes wider than it need be.
_EAGER = frozenset(("joined", "selectin", "subquery", "immediate"))

_Asking = Select[*tuple[object, ...]]


def brought_along(statement: Executable) -> tuple[list[_Asking], set[Table]]:
    """What else is asked, for rows that only the answer tells, and the tables between."""
    if not isinstance(statement, Select):
        return [], set()
    besides = _Besides()
    for described in statement.column_descriptions:
        entity = inspect(described["expr"], raiseerr=False)
        if isinstance(entity, Mapper | AliasedInsp):
            besides.add_kin(entity.mapper)
    options = statement._with_options  # noqa: SLF001 no public way lists them
    for relationship in _loads(options):
        besides.add(relationship)
    # Criteria may ask for further tables, wherever their class is loaded.
    criteria = [option for option in options if isinstance(option, CriteriaOption)]
    return [select(mapper).options(*criteria) for mapper in besides.mappers], besides.between


def _loads(options: Iterable[object]) -> Iterator[RelationshipProperty[object]]:
    """The relationships that options load eagerly."""
    for option in options:
        if isinstance(option, Load):
            for load in option.context:
                if _is_eager(load.strategy):
                    steps = [
                        step for step in load.path.path if isinstance(step, RelationshipProperty)
                    ]
                    if not steps:
                        raise Unanalysable.reading("a load of every relationship is too much")
                    yield from steps
        elif isinstance(option, LoaderOption):
            if _is_eager(getattr(option, "strategy", (("lazy", "joined"),))):
                raise Unanalysable.reading("a load of every relationship is too much")
        elif not isinstance(option, CriteriaOption | UserDefinedOption):
            raise Unanalysable.reading(f"the option {type(option).__name__} is not known")


def _is_eager(strategy: Iterable[tuple[str, object]] | None) -> bool:
    return dict(strategy or ()).get("lazy") in _EAGER


class _Besides:
    """Classes found so far; each is asked once."""

    def __init__(self) -> None:
        self.mappers: set[Mapper[object]] = set()
        self.between: set[Table] = set()
        self._asked: set[Mapper[object]] = set()

    def add(self, relationship: RelationshipProperty[object]) -> None:
        self.mappers.add(relationship.mapper)
        if isinstance(relationship.secondary, Table):
            self.between.add(relationship.secondary)
        self.add_kin(relationship.mapper)

    def add_kin(self, mapper: Mapper[object]) -> None:
        """What the class loads by its own declaration, it or a subclass that a row may turn out."""
        if mapper in self._asked:
            return
        self._asked.add(mapper)
        for kin in mapper.self_and_descendants:
            # The columns of a subclass are asked for when a row turns out to be one of its.
            own = set(kin.tables) - set(mapper.tables)
            self.between |= {table for table in own if isinstance(table, Table)}
            if kin is not mapper and not all(isinstance(column, Column) for column in kin.columns):
                self.mappers.add(kin)
            for relationship in kin.relationships:
                if relationship.lazy in _EAGER:
                    self.add(relationship)
