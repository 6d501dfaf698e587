"""The law holds; and it is sharp: with any one rule left out, it is seen to break."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Executable
from sqlalchemy.sql.elements import BooleanClauseList, Grouping
from sqlalchemy.sql.selectable import Join

from app.cache.analysis import reads, rendering, statements, texts
from app.cache.analysis.changes import Change
from app.cache.analysis.reads import Reading
from app.cache.analysis.restrictions import conjuncts, places
from tests.cache.analysis.chance import Chance
from tests.cache.analysis.conftest import Told
from tests.cache.analysis.law import Rows, Stale, holds, rows_at_first, three_in_each
from tests.cache.analysis.questions import joined, mapped, questions, single
from tests.cache.analysis.writings import (
    Write,
    alteration,
    insertion,
    textual,
    unit_of_work,
    writings,
)

QUESTIONS = st.lists(questions, min_size=5, max_size=12)
WRITES = st.lists(writings, min_size=2, max_size=6)
SEARCH = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# Random statements are clumsy at times; what SQLAlchemy thinks of them is not the point.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@settings(SEARCH, max_examples=60)
@given(rows=rows_at_first, asked=QUESTIONS, writes=WRITES)
def test_what_changes_an_answer_touches_one_of_its_tags(
    library: Engine, told: Told, rows: Rows, asked: Sequence[Executable], writes: Sequence[Write]
) -> None:
    holds(library, told, rows, asked, writes)


@pytest.mark.soak
@settings(SEARCH, max_examples=3000)
@given(rows=rows_at_first, asked=QUESTIONS, writes=WRITES)
def test_the_law_holds_in_a_long_search(
    library: Engine, told: Told, rows: Rows, asked: Sequence[Executable], writes: Sequence[Write]
) -> None:
    holds(library, told, rows, asked, writes)


def only_new_values(honest: Callable[..., frozenset[str]]) -> Callable[..., frozenset[str]]:
    def returned(change: Change, rows: Any, dialect: Any) -> frozenset[str]:  # noqa: ANN401
        new = [[value for value in row[1::2] for _ in range(2)] for row in rows]
        return honest(change, new, dialect)

    return returned


def or_is_and(_: object) -> object:
    def flattened(conditions: Any) -> Iterator[Any]:  # noqa: ANN401
        for condition in conditions:
            if isinstance(condition, Grouping):
                yield from flattened([condition.element])
            elif isinstance(condition, BooleanClauseList):
                yield from flattened(condition.clauses)
            else:
                yield from conjuncts([condition])

    return flattened


def on_restricts_both_sides(_: object) -> object:
    def everywhere(from_: Any, conditions: Any) -> Iterator[Any]:  # noqa: ANN401
        if isinstance(from_, Join):
            conditions = [*conditions, *conjuncts([from_.onclause])]
            yield from everywhere(from_.left, conditions)
            yield from everywhere(from_.right, conditions)
        else:
            yield from places(from_, conditions)

    return everywhere


def without_any_row(honest: Callable[..., frozenset[str]]) -> Callable[..., frozenset[str]]:
    def tags(*arguments: object) -> frozenset[str]:
        return frozenset(tag for tag in honest(*arguments) if not tag.endswith(":*"))

    return tags


def first_value_only(honest: Callable[..., set[str]]) -> Callable[..., set[str]]:
    def parts(*arguments: object) -> set[str]:
        found = honest(*arguments)
        return {*sorted(found)[:1]}

    return parts


def nothing(*_: object) -> object:
    return lambda *_, **__: set()


def no_keys(_: object) -> object:
    return lambda *_: frozenset()


@dataclass(frozen=True)
class Bug:
    """A rule left out: where, how, and the questions and writes that need it."""

    place: object
    name: str
    plant: Any
    questions: Sequence[Callable[[Chance], Executable]]
    writes: Sequence[Callable[[Chance], Write]]


BUGS = {
    "old values are forgotten": Bug(Change, "returned", only_new_values, [single], [unit_of_work]),
    "keys are forgotten": Bug(Change, "keys", no_keys, [single], [unit_of_work, insertion]),
    "OR is taken for AND": Bug(rendering, "conjuncts", or_is_and, [single], [unit_of_work]),
    "ON restricts both sides": Bug(
        rendering, "places", on_restricts_both_sides, [joined], [unit_of_work]
    ),
    "wide writes are not expected": Bug(Reading, "tags", without_any_row, [single], [alteration]),
    "one value of IN counts": Bug(Reading, "_parts", first_value_only, [single], [unit_of_work]),
    "cascades are forgotten": Bug(statements, "reached", nothing, [single], [alteration]),
    "cascades of texts are forgotten": Bug(texts, "reached", nothing, [single], [textual]),
    "loads besides are forgotten": Bug(
        reads, "brought_along", lambda _: lambda _: ([], set()), [mapped], [unit_of_work]
    ),
}


def hunt(library: Engine, told: Told, bug: Bug) -> None:
    for seed in range(100):
        chance = Chance(seed)
        asked = [chance.one(bug.questions)(chance) for _ in range(12)]
        writes = [chance.one(bug.writes)(chance) for _ in range(6)]
        holds(library, told, three_in_each(chance), asked, writes)


@pytest.mark.parametrize("bug", BUGS.values(), ids=list(BUGS))
def test_the_law_is_sharp(
    library: Engine, told: Told, monkeypatch: pytest.MonkeyPatch, bug: Bug
) -> None:
    monkeypatch.setattr(bug.place, bug.name, bug.plant(getattr(bug.place, bug.name)))
    monkeypatch.setattr(reads, "_readings", {})
    monkeypatch.setattr(statements, "_understood", WeakKeyDictionary())

    with pytest.raises(Stale):
        hunt(library, told, bug)
