"""Policies at work: time, size, refusals, write-through, and the cache's check on itself."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, delete, insert, select, text, update

from app.cache import Entity, Policy, Query, Unanalysable, answers
from app.cache.answers import Answer
from tests.cache.floor import Floor, Item, item

MINUTES = timedelta(minutes=5)
MOMENT = timedelta(milliseconds=40)
BY_ID = select(item.c.id, item.c.n).where(item.c.id == bindparam("id"))


def query(name: str, statement: Select[Any] = BY_ID, **terms: Any) -> Query:  # noqa: ANN401 (as Policy types them)
    return Query(statement, name=name, policy=Policy(**{"fresh_for": MINUTES, **terms}))


STALE = query("stale", fresh_for=MOMENT, stale_for=MINUTES, jitter=0.0)
BRIEF = query("brief", fresh_for=MOMENT)
NEGATIVE = query("negative", negative_for=timedelta(0))
WIDE = query("wide", select(item.c.id, item.c.name), largest_bytes=500_000)
HOT = query("hot", strategy="write_through")
EXPECTED = query("expected", strategy="write_through")
ROW = Entity(Item, name="item row", policy=Policy(fresh_for=MINUTES, strategy="write_through"))
TEXT = text("SELECT count(*) AS n FROM cached_item WHERE shelf = :shelf").columns(item.c.n)
NAMED = Query(
    TEXT,
    name="named",
    policy=Policy(fresh_for=MINUTES),
    tags=lambda shelf: [f"cached_item:shelf={shelf}", "cached_item:*"],
)


def ask(floor: Floor, query: Query, **parameters: object) -> tuple[str, tuple[Any, ...]]:
    """How the answer came about, and its rows as plain tuples."""
    with floor.sessions() as session, floor.cache.noting() as noted:
        records = floor.cache.rows(session, query, **parameters)
    return noted.outcomes[-1], tuple(
        tuple(getattr(record, name) for name in record.__struct_fields__) for record in records
    )


def test_an_answer_past_its_time_is_served_while_one_refreshes(floor: Floor) -> None:
    ask(floor, STALE, id=1)
    time.sleep(2 * MOMENT.total_seconds())
    digest = STALE.asked((("id", 1),)).digest
    floor.store.take_off(digest, name="somebody", bound=MINUTES)
    while_refreshed = ask(floor, STALE, id=1)
    floor.store.land(digest, name="somebody")

    assert while_refreshed == ("stale", ((1, 0),))
    assert ask(floor, STALE, id=1)[0] == "fill"


def test_an_invalidated_answer_is_never_served_stale(floor: Floor) -> None:
    ask(floor, STALE, id=1)
    time.sleep(2 * MOMENT.total_seconds())
    floor.store.take_off(STALE.asked((("id", 1),)).digest, name="somebody", bound=MINUTES)
    floor.write(1)

    assert ask(floor, STALE, id=1) == ("fill", ((1, 1),))


def test_an_answer_past_its_time_is_gone_where_the_policy_serves_none(floor: Floor) -> None:
    ask(floor, BRIEF, id=1)
    time.sleep(2 * MOMENT.total_seconds())

    assert ask(floor, BRIEF, id=1)[0] == "fill"


@pytest.mark.parametrize(
    ("left", "luck", "due"),
    [(0.1, 0.0, False), (0.1, 0.7, True), (0.5, 0.7, False), (30.0, 1 - 1e-12, False)],
)
def test_a_dear_answer_is_refreshed_early_by_a_few(left: float, luck: float, due: bool) -> None:  # noqa: FBT001
    answer = Answer(b"", made_at=0.0, fresh_for=100.0, cost=0.1)

    assert answer.is_due(100.0 - left, lambda: luck) is due


def test_answers_filled_together_do_not_expire_together() -> None:
    policy = Policy(fresh_for=timedelta(seconds=100), jitter=0.2)
    luck = iter([0.0, 0.5, 1.0])
    spread = [answers.freshness(policy, empty=False, chance=lambda: next(luck)) for _ in range(3)]

    assert [one.total_seconds() for one in spread] == [100, 90, 80]


def test_that_there_is_nothing_is_an_answer_too(floor: Floor) -> None:
    nobody = [ask(floor, HOT, id=99), ask(floor, HOT, id=99)]
    with floor.sessions.begin() as session:
        session.execute(insert(item).values(id=99, shelf=1, n=5, name="x"))

    assert nobody == [("fill", ()), ("hit", ())]
    assert ask(floor, HOT, id=99)[1] == ((99, 5),)


def test_a_policy_may_keep_no_empty_answers(floor: Floor) -> None:
    assert [ask(floor, NEGATIVE, id=99)[0] for _ in range(2)] == ["fill", "fill"]
    assert [ask(floor, NEGATIVE, id=1)[0] for _ in range(2)] == ["fill", "hit"]


def test_a_large_answer_is_kept_compressed(floor: Floor) -> None:
    with floor.sessions.begin() as session:
        session.execute(update(item).values(name="a line of text " * 1000))
    first, again = ask(floor, WIDE), ask(floor, WIDE)

    assert (first[0], again[0], first[1]) == ("fill", "hit", again[1])
    assert 0 < floor.cache.counts["wide", "bytes"] < len(first[1]) * 15_000 / 10


def test_a_text_must_name_its_tags(floor: Floor) -> None:
    blind = Query(TEXT, name="blind", policy=Policy(fresh_for=MINUTES))
    with pytest.raises(Unanalysable, match="tags="), floor.sessions() as session:
        floor.cache.rows(session, blind, shelf=1)


def test_a_text_that_names_its_tags_is_expelled_by_them(floor: Floor) -> None:
    before = [ask(floor, NAMED, shelf=shelf) for shelf in (0, 1, 0)]
    with floor.sessions.begin() as session:
        session.execute(delete(item).where(item.c.id == 2))
    after = [ask(floor, NAMED, shelf=shelf) for shelf in (0, 1)]

    assert before == [("fill", ((4,),)), ("fill", ((4,),)), ("hit", ((4,),))]
    assert after == [("fill", ((3,),)), ("hit", ((4,),))]


def test_two_queries_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="'hot'"):
        query("hot", select(item.c.id))


def test_a_hot_query_is_filled_by_its_writer(floor: Floor) -> None:
    ask(floor, HOT, id=1)
    floor.write(1)

    assert ask(floor, HOT, id=1) == ("hit", ((1, 1),))
    assert floor.cache.counts["hot", "written"] == 1


def test_a_row_is_written_through_unasked(floor: Floor) -> None:
    floor.write(3)
    with floor.sessions() as session, floor.cache.noting() as noted:
        record = floor.cache.one(session, ROW, 3)
        nobody = floor.cache.one(session, ROW, 77)

    assert (record.id, record.n, nobody) == (3, 1, None)  # type: ignore[union-attr]
    assert noted.outcomes == ["hit", "fill"]


def test_what_a_writer_expects_is_filled_unasked(floor: Floor) -> None:
    EXPECTED.expect(id=2)
    floor.write(2)
    floor.write(3)

    assert ask(floor, EXPECTED, id=2) == ("hit", ((2, 1),))
    assert ask(floor, EXPECTED, id=3)[0] == "fill"


def test_a_bulk_write_refreshes_what_was_asked_of_late(floor: Floor) -> None:
    ask(floor, HOT, id=1)
    with floor.sessions.begin() as session:
        session.execute(update(item).where(item.c.shelf >= 0).values(n=9))

    assert ask(floor, HOT, id=1) == ("hit", ((1, 9),))


def test_writes_that_nobody_read_are_counted(floor: Floor) -> None:
    for _ in range(3):
        floor.write(3)
    with floor.sessions() as session:
        floor.cache.one(session, ROW, 3)
    floor.write(3)

    assert floor.cache.counts["item row", "written"] == 4
    assert floor.cache.counts["item row", "unread"] == 2


def test_a_write_through_that_fails_does_not_fail_the_writer(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(floor, HOT, id=1)
    with floor.plain.begin() as connection:
        connection.execute(text("ALTER TABLE cached_item RENAME COLUMN name TO called"))
    monkeypatch.setattr(HOT, "touched_by", lambda _: [(("id", "no number"),)])

    assert floor.write(1) == 1


@pytest.fixture
def suspicious(floor: Floor) -> Iterator[Floor]:
    """A process that compares each hit with the database."""
    wary = Floor(*floor.urls, check_one_in=1)
    yield wary
    wary.hang_up()


def test_a_lie_is_found_counted_and_expelled(suspicious: Floor) -> None:
    ask(suspicious, HOT, id=1)
    with suspicious.plain.begin() as connection:  # behind the cache's back
        connection.execute(update(item).where(item.c.id == 1).values(n=5))
    told = ask(suspicious, HOT, id=1)

    assert told == ("bypass", ((1, 5),))
    assert suspicious.cache.counts["hot", "lies"] == 1
    assert ask(suspicious, HOT, id=1) == ("fill", ((1, 5),))


def test_a_write_between_hit_and_check_is_no_lie(
    suspicious: Floor, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(suspicious, HOT, id=1)
    run = suspicious.cache._filler.run  # noqa: SLF001 (the moment between hit and check)

    def late(question: object) -> object:
        floor.write(1)
        return run(question)  # type: ignore[arg-type]

    monkeypatch.setattr(suspicious.cache._filler, "run", late)  # noqa: SLF001
    ask(suspicious, HOT, id=1)

    assert suspicious.cache.counts["hot", "checked"] == 1
    assert suspicious.cache.counts["hot", "lies"] == 0
