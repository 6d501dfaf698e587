"""Random SELECTs over the library: restricted in every way that counts, and in ways that do not."""

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    except_,
    func,
    intersect,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import (
    Bundle,
    aliased,
    contains_eager,
    joinedload,
    selectin_polymorphic,
    selectinload,
    subqueryload,
    with_loader_criteria,
    with_polymorphic,
)

from tests.cache.analysis.chance import Chance, by_chance
from tests.cache.analysis.library import TABLES, Book, Loan, Member, Person, Shelf

Condition = ColumnElement[bool]

# What refers to what, and twice what does not.
PATHS = [
    ("book", "shelf_id", "shelf", "id"),
    ("loan", "book_id", "book", "id"),
    ("sticker", "code", "label", "code"),
    ("member", "id", "person", "id"),
    ("loan", "id", "book", "shelf_id"),
    ("seat", "floor", "shelf", "id"),
]
MANNERS: list[dict[str, bool]] = [{}, {"isouter": True}, {"isouter": True}, {"full": True}]
TELLING = {"id", "code", "shelf_id", "kind", "book_id", "city", "floor", "row"} | {"faded", "day"}


def atom(chance: Chance, source: FromClause) -> Condition:
    """One condition on one column; mostly of the kind that restricts."""
    telling = [column for column in source.c if column.name in TELLING]
    column: Any = chance.one(list(source.c) if chance.in_(3) else telling)
    one, other = chance.value(column), chance.value(column)
    if isinstance(column.type, Boolean) and chance.in_(2):
        return chance.one([column, ~column, column.is_(one), column.is_not(one), column == one])
    if not chance.in_(3):
        return chance.one([column == one, column == one, column.in_([one, other])])
    made = [
        *(column != one, column.is_(None), column.is_not(None), column.not_in([one])),
        func.coalesce(column, literal(one, column.type)) == one,
        case((column == one, true()), else_=column == other),
    ]
    return chance.one(made)


def conditions(chance: Chance, *sources: FromClause) -> Condition:
    """Conditions on any of the sources, joined by AND, OR and NOT."""
    some = [atom(chance, chance.one(sources)) for _ in chance.times(2)]
    joins: list[Any] = [and_, and_, and_, and_, or_, _not_all, _nested]
    return and_(chance.one(joins)(*some))


def single(chance: Chance) -> Executable:
    """One table: rows, a count, distinct values, a window, the first few."""
    source = _standing(chance, chance.table())
    columns = _columns(source)
    shapes: list[Any] = [
        *(select(*columns), select(*columns)),
        select(func.count(), func.min(next(iter(source.c)))).select_from(source),
        select(columns[-1]).distinct(),
        select(*columns, func.row_number().over(order_by=list(source.c))),
        select(*columns).order_by(*source.c).limit(1),
    ]
    rows = _filtered(chance, chance.one(shapes), source)
    if chance.in_(4):
        return select(rows.subquery() if chance.in_(2) else rows.cte())
    return rows


def joined(chance: Chance) -> Executable:
    """Two or three tables joined in each manner, with conditions in ON and in WHERE."""
    left_name, left_column, right_name, right_column = chance.one(PATHS)
    left = _standing(chance, TABLES[left_name])
    right = _standing(chance, TABLES[right_name])
    on = left.c[left_column] == right.c[right_column]
    sources = [left, right] if chance.in_(2) else [right, left]
    manner = chance.one(MANNERS)
    if chance.in_(2):
        on = and_(on, conditions(chance, *sources))
    tree: FromClause = sources[0].join(sources[1], on, **manner)
    if chance.in_(3):
        third = chance.table().alias()
        on = _number(chance, third) == _number(chance, *sources)
        if not (manner := chance.one(MANNERS)).get("full"):
            on = and_(on, conditions(chance, third, *sources))
        first, second = (tree, third) if chance.in_(2) else (third, tree)
        tree = first.join(second, on, **manner)
        sources.append(third)
    return _filtered(chance, select(*_columns(*sources)).select_from(tree), *sources)


def asking_within(chance: Chance) -> Executable:
    """A table whose rows are chosen, or completed, by a subquery that may look outside."""
    outer, inner = _standing(chance, chance.table()), chance.table().alias()
    met = and_(_number(chance, inner) == _number(chance, outer), conditions(chance, inner, outer))
    columns = _columns(outer)
    within: list[Select[Any]] = [
        select(*columns).where(select(inner).where(met).exists()),
        select(*columns).where(~select(inner).where(met).exists()),
        select(*columns).where(
            _number(chance, outer).in_(select(_number(chance, inner)).where(met))
        ),
        select(*columns, select(func.count()).select_from(inner).where(met).scalar_subquery()),
        select(*columns, select(*_columns(inner, prefix="l")).where(met).lateral()),
    ]
    return _filtered(chance, chance.one(within), outer)


def several(chance: Chance) -> Executable:
    """Unions of tables, and a recursion over loans and books."""
    if chance.in_(2):
        parts = []
        for _ in range(2):
            source = _standing(chance, chance.table())
            parts.append(_filtered(chance, select(_number(chance, source).label("n")), source))
        return chance.one([union, union_all])(*parts)
    book, loan = TABLES["book"], TABLES["loan"]
    start = _filtered(chance, select(book.c.id.label("n"), literal(0).label("depth")), book)
    found = start.cte("found", recursive=True)
    step = select(loan.c.id, found.c.depth + 1).where(
        loan.c.book_id == found.c.n, found.c.depth < 3
    )
    return select(found.union_all(_filtered(chance, step, loan)))


def mapped(chance: Chance) -> Executable:
    """Entities of mapped classes, with inheritance and loads they bring along."""
    anyone = with_polymorphic(Person, [Member])
    entities: list[tuple[Any, list[str]]] = [
        (select(Book), ["book"]),
        (select(Member), ["person", "member"]),
        (select(Person), ["person"]),
        (select(Person).options(selectin_polymorphic(Person, [Member])), ["person"]),
        (select(anyone).where(anyone.id == chance.one([1, 2, 3])), []),
        (select(Loan).options(joinedload(Loan.book)).limit(9), ["loan"]),
        (select(Shelf).options(selectinload(Shelf.books)), ["shelf"]),
        (select(Loan).join(Loan.book), ["loan", "book"]),
        (select(Loan.note, Book.title).outerjoin(Loan.book), ["loan", "book"]),
        *related(chance),
    ]
    statement, names = chance.one(entities)
    return _filtered(chance, statement, *(TABLES[name] for name in names)) if names else statement


def related(chance: Chance) -> list[tuple[Any, list[str]]]:
    """Entities by way of others: loads of loads, criteria added by options, ANY and HAS."""
    anyone, twin = with_polymorphic(Person, [Member]), aliased(Book)
    met, other = conditions(chance, TABLES["book"]), conditions(chance, TABLES["book"])
    return [
        (select(Loan).options(selectinload(Loan.book).joinedload(Book.shelf)), ["loan"]),
        (select(Loan).options(joinedload(Loan.book).selectinload(Book.shelf)), ["loan"]),
        (select(Shelf).options(subqueryload(Shelf.books)), ["shelf"]),
        (select(Shelf).options(selectinload(Shelf.books.and_(met))), ["shelf"]),
        (select(Shelf).options(joinedload(Shelf.books.and_(met))), ["shelf"]),
        (select(Shelf).join(Shelf.books).options(contains_eager(Shelf.books)), ["book"]),
        (select(Book).options(with_loader_criteria(Book, met)), ["book"]),
        (
            select(Shelf).options(selectinload(Shelf.books), with_loader_criteria(Book, met)),
            ["shelf"],
        ),
        (select(Loan).where(Loan.book.has(met)), ["loan"]),
        (select(Shelf).where(~Shelf.books.any(met)), ["shelf"]),
        (select(twin).where(twin.shelf_id == chance.one([1, 2, 3])), []),
        (select(anyone.city).where(anyone.Member.level == chance.one([1, 2, 3])), []),
        (select(Member.city, Person.city).join(Person, Person.city == Member.city), []),
        (select(Bundle("b", Book.id, Book.title)), ["book"]),
        (select(Book).where(met).union(select(Book).where(other)), []),
    ]


def gathered(chance: Chance) -> Executable:
    """Rows by groups, differences and pairs, and the first of each kind."""
    source = _standing(chance, chance.table())
    columns = _columns(source)
    one, last = columns[0], columns[-1]
    met = conditions(chance, source)
    first, second = (_filtered(chance, select(one, last), source) for _ in range(2))
    pair = tuple_(TABLES["seat"].c.row, TABLES["seat"].c.number)
    wanted = [(1, chance.one([1, 2])), (2, 2)]
    shapes: list[Executable] = [
        _filtered(chance, select(last, func.count()).group_by(last), source),
        select(last, func.count()).group_by(last).having(func.bool_or(met)),
        _filtered(chance, select(func.count().filter(met)).select_from(source), source),
        _filtered(chance, select(*columns).ext(distinct_on(last)).order_by(last, one), source),
        _filtered(chance, select(*columns).order_by(*source.c).offset(1), source),
        except_(first, second),
        intersect(first, second),
        select(TABLES["seat"]).where(pair.in_(wanted)),
        select(first.cte("a")).where(select(second.cte("b")).exists()),
        select(first.subquery()).union(second).limit(2),
    ]
    return chance.one(shapes)


def question(chance: Chance) -> Executable:
    kinds = [single, single, single, joined, joined, joined, asking_within, several, mapped]
    kinds += [mapped, gathered]
    return chance.one(kinds)(chance)


questions = by_chance(question)


def _standing(chance: Chance, table: FromClause) -> FromClause:
    return table.alias() if chance.in_(2) else table


def _number(chance: Chance, *sources: FromClause) -> ColumnElement[Any]:
    columns = [column for source in sources for column in source.c]
    numbers = [column for column in columns if isinstance(column.type, Integer)]
    texts: list[ColumnElement[Any]] = [func.length(column) for column in columns]
    return chance.one(numbers) if numbers else chance.one(texts)


def _columns(*sources: FromClause, prefix: str = "c") -> list[Any]:
    return [
        column.label(f"{prefix}{place}_{number}")
        for place, source in enumerate(sources)
        for number, column in enumerate(source.c)
    ]


def _filtered(chance: Chance, statement: Select[Any], *sources: FromClause) -> Select[Any]:
    return statement if chance.in_(6) else statement.where(conditions(chance, *sources))


def _not_all(*some: Condition) -> Condition:
    return not_(and_(*some))


def _nested(first: Condition, *rest: Condition) -> Condition:
    return and_(first, or_(first, *rest))
