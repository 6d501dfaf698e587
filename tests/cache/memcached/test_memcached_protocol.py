"""Row 15 step by step, between two processes' views, on real nodes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from app.cache import query_cache
from app.cache.memcached import MemcachedStore, mending
from tests.cache.floor import BY_SHELF, count_up, debts
from tests.cache.memcached.pool import ROW, MemcachedFloor

TAGS = ("cached_item", ROW)


@contextmanager
def writer_in_flight(floor: MemcachedFloor) -> Iterator[str]:
    """A transaction that has written row 1 and closed its tags; it commits at the end."""
    raw = floor.raw_connection()
    with raw.cursor() as cursor:
        cursor.execute("UPDATE cached_item SET n = n + 1 WHERE id = 1")
        cursor.execute("SELECT pg_current_xact_id()::text")
        (transaction,) = cursor.fetchone() or ("",)
    floor.store.close(transaction, TAGS, now=time.time())
    yield transaction
    raw.commit()
    raw.close()


def test_a_cold_answer_is_filled_at_once_and_then_served(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    assert [floor.outcome(), floor.outcome(), other.outcome()] == ["fill", "hit", "hit"]


def test_a_hit_asks_the_database_nothing(floor: MemcachedFloor) -> None:
    floor.read(1)
    floor.hang_up()
    floor.read(1)

    assert floor.engine.pool.checkedin() == floor.aside.pool.checkedin() == 0  # type: ignore[attr-defined]


def test_a_read_after_a_commit_sees_it_in_every_process(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    for number in range(1, 20):
        assert floor.write(1) == number
        assert (floor.read(1), other.read(1)) == (number, number)

    assert other.outcome() == "hit"


def test_a_write_expels_what_depends_on_it_and_nothing_else(floor: MemcachedFloor) -> None:
    # A cold tag waits for whatever is in flight in the same PostgreSQL, of autovacuum too.
    for _ in range(100):
        with floor.sessions() as session, floor.cache.noting() as noted:
            for shelf in (0, 1):
                floor.cache.rows(session, BY_SHELF, shelf=shelf)
            if [*noted.outcomes, floor.outcome(1), floor.outcome(2)] == ["hit"] * 4:
                break
        time.sleep(0.02)
    floor.write(1)
    with floor.sessions() as session, floor.cache.noting() as noted:
        for shelf in (0, 1):
            floor.cache.rows(session, BY_SHELF, shelf=shelf)

    assert noted.outcomes == ["hit", "fill"]
    assert (floor.outcome(1), floor.outcome(2)) == ("fill", "hit")


def test_nobody_fills_or_is_served_between_close_and_finish(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    other.read(1)
    with writer_in_flight(floor) as transaction:
        before = [other.outcome(), other.outcome(), other.read(1)]
    committed = [other.outcome(), other.read(1)]
    floor.store.finish(transaction, TAGS)

    assert (before, committed) == (["bypass", "bypass", 0], ["bypass", 1])
    assert [other.outcome(), other.outcome(), other.read(1)] == ["fill", "hit", 1]


def test_the_first_of_two_writers_does_not_open_the_tag_for_the_second(
    floor: MemcachedFloor,
) -> None:
    floor.read(1)
    opened = [floor.is_open()]
    for step in (floor.store.finish, floor.store.finish):
        if len(opened) == 1:
            floor.store.close("901", TAGS, now=time.time())
            floor.store.close("902", TAGS, now=time.time())
            opened.append(floor.is_open())
        step("901" if len(opened) == 2 else "902", TAGS)
        opened.append(floor.is_open())

    assert opened == [True, False, False, True]


def test_a_finish_without_a_registration_changes_nothing(floor: MemcachedFloor) -> None:
    floor.read(1)
    before = floor.store.validate((ROW,))
    floor.store.finish("901", TAGS)

    assert floor.store.validate((ROW,)).seal == before.seal is not None


def test_a_writer_leaves_a_missing_tag_missing(
    floor: MemcachedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_cache, "QUERIES", {})  # nothing is written through
    floor.write(1)

    assert floor.is_open() is None


def test_a_tag_minted_with_a_writer_in_flight_waits_for_it(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    with writer_in_flight(floor):
        during = [other.outcome(), other.is_open(), other.outcome()]
    after = [other.outcome(), other.outcome(), other.read(1)]

    assert (during, after) == (["bypass", False, "bypass"], ["fill", "hit", 1])


def test_a_finish_does_not_end_the_wait_for_others(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    """close A (missing) · mint · close B · finish B: A is still to come."""
    with writer_in_flight(floor):
        other.outcome()
        other.store.close("901", TAGS, now=time.time())
        other.store.finish("901", TAGS)
        during = [other.is_open(), other.outcome(), other.outcome()]

    assert during == [False, "bypass", "bypass"]
    assert (other.read(1), other.read(1), other.outcome()) == (1, 1, "hit")


def test_a_tag_evicted_under_a_registered_writer_waits_for_it(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    other.read(1)
    with writer_in_flight(floor) as transaction:
        other.evict(ROW)
        during = [other.outcome(), other.outcome()]
    floor.store.finish(transaction, TAGS)

    assert during == ["bypass", "bypass"]
    assert (other.read(1), other.read(1), other.outcome()) == (1, 1, "hit")


def test_an_evicted_tag_voids_what_was_filled_under_it(floor: MemcachedFloor) -> None:
    floor.read(1)
    floor.evict(ROW)
    with floor.plain.begin() as connection:
        connection.execute(text("UPDATE cached_item SET n = 7 WHERE id = 1"))

    assert (floor.read(1), floor.outcome()) == (7, "hit")


def test_flush_all_costs_misses_and_writers_in_flight_are_waited_for(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    other.read(1)
    other.read(2)
    with writer_in_flight(floor) as transaction:
        floor.store.flush()
        during = [other.outcome(), other.outcome(), other.outcome(2)]
    floor.store.finish(transaction, TAGS)

    # Row 2 waits too: who was registered on it is not known any more.
    assert during == ["bypass", "bypass", "bypass"]
    assert (other.read(1), other.read(2), other.outcome(), other.outcome(2)) == (1, 0, "hit", "hit")


@pytest.mark.parametrize("committed", [True, False])
def test_a_dead_writers_tag_is_settled_by_the_database(
    floor: MemcachedFloor,
    committed: bool,  # noqa: FBT001
) -> None:
    floor.read(1)
    raw = floor.raw_connection()
    with raw.cursor() as cursor:
        cursor.execute("UPDATE cached_item SET n = n + 1 WHERE id = 1")
        cursor.execute("SELECT pg_current_xact_id()::text")
        (transaction,) = cursor.fetchone() or ("",)
    floor.store.close(transaction, TAGS, now=time.time() - 60)
    undecided = [floor.outcome(), list(floor.store.registered(ROW))]
    if committed:
        raw.commit()
    raw.close()

    assert undecided == ["bypass", [transaction]]
    assert [floor.read(1) for _ in range(3)] == [int(committed)] * 3
    assert (floor.outcome(), floor.store.registered(ROW)) == ("hit", {})


def test_a_slow_writer_settled_by_a_reader_finishes_in_peace(
    floor: MemcachedFloor, other: MemcachedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    other.read(1)
    with writer_in_flight(floor) as transaction:
        during = other.outcome()
    settled = [other.outcome(), other.read(1)]
    seal = other.store.validate((ROW,)).seal
    floor.store.finish(transaction, TAGS)

    assert (during, settled) == ("bypass", ["fill", 1])
    assert other.store.validate((ROW,)).seal == seal is not None


def test_a_statement_that_commits_itself_closes_even_a_missing_tag(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    name = "backend:1@0"
    floor.store.close(name, TAGS, now=time.time())
    during = [other.outcome(), other.outcome()]
    floor.store.finish(name, TAGS)

    assert during == ["bypass", "bypass"]
    assert [other.outcome(), other.outcome()] == ["fill", "hit"]


def test_what_a_statement_that_commits_itself_could_not_close_is_expelled_at_its_end(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    floor.store.close("backend:1@0", TAGS, now=time.time())
    for tag in TAGS:
        floor.evict(tag)
    other.read(1)
    with floor.plain.begin() as connection:
        connection.execute(text("UPDATE cached_item SET n = 7 WHERE id = 1"))
    floor.store.finish("backend:1@0", TAGS)

    assert (other.read(1), other.outcome()) == (7, "hit")


def test_raw_sql_and_rollbacks_pass_by_the_cache_too(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    other.read(1)
    with floor.sessions() as session:
        count_up(session, 1)
        session.rollback()
    rolled_back = [other.outcome(), other.read(1)]
    with floor.engine.begin() as connection:
        connection.execute(text("UPDATE cached_item SET n = 7 WHERE id = 1"))

    assert (rolled_back, other.read(1), debts(floor)) == (["hit", 0], 7, [])


def test_a_writer_that_always_loses_its_race_owes(
    floor: MemcachedFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.read(1)
    monkeypatch.setattr("app.cache.memcached.node.Node.swap", lambda *_, **__: False)
    floor.write(1)
    owed = debts(floor)
    monkeypatch.undo()
    floor.cache.pay()

    assert ROW in owed
    assert (floor.read(1), debts(floor)) == (1, [])


def test_flights_name_their_holder_and_end(floor: MemcachedFloor) -> None:
    store: MemcachedStore = floor.store
    minute, none = BY_SHELF.policy.fresh_for, BY_SHELF.policy.stale_for
    taken = [store.take_off("d", name=name, bound=minute) for name in ("a", "b")]
    store.land("d", name="b")
    held = store.take_off("d", name="b", bound=minute)
    store.land("d", name="a")
    free = store.take_off("d", name="b", bound=none)
    over = store.take_off("d", name="c", bound=minute)

    assert (taken, held, free, over) == ([True, False], False, True, True)


def test_counts_are_added_up_for_all_processes(
    floor: MemcachedFloor, other: MemcachedFloor
) -> None:
    floor.store.count({"one": 2, "two words": 1})
    other.store.count({"one": 3})

    assert other.store.counted(["one", "two words", "none"]) == {
        "one": 5,
        "two words": 1,
        "none": 0,
    }
