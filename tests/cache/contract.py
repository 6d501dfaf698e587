"""What every engine and topology must do for the cache: each inherits these tests.

A subclass gives the fixture `cache_url`.
"""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select

from app.cache import PASSING, Policy, Query, filling
from tests.cache.floor import (
    ALL,
    BY_ID,
    BY_SHELF,
    ROWS,
    Floor,
    count_up,
    dead_writer,
    debts,
    item,
)

MINUTES = timedelta(minutes=5)
ONE = select(item.c.id, item.c.n).where(item.c.id == bindparam("id"))
NEAR = {
    near: Query(ONE, name=f"near {near}", policy=Policy(fresh_for=MINUTES, near=near))
    for near in ("validated", "tracked")
}
HOT = Query(ONE, name="hot one", policy=Policy(fresh_for=MINUTES, strategy="write_through"))


class Contract:
    """The promises of docs/query-cache.md, interleaving by interleaving."""

    def test_a_second_read_is_a_hit(self, floor: Floor, other: Floor) -> None:
        assert [floor.outcome(), floor.outcome(), other.outcome()] == ["fill", "hit", "hit"]

    def test_a_read_after_a_commit_sees_it_in_every_process(
        self, floor: Floor, other: Floor
    ) -> None:
        for number in range(1, 12):
            assert floor.write(1) == number
            assert (floor.read(1), other.read(1)) == (number, number)

    def test_a_write_expels_what_depends_on_it_and_nothing_else(self, floor: Floor) -> None:
        def outcomes() -> list[str]:
            with floor.sessions() as session, floor.cache.noting() as noted:
                for id_ in (1, 2, 3):
                    floor.cache.rows(session, BY_ID, id=id_)
                for shelf in (0, 1):
                    floor.cache.rows(session, BY_SHELF, shelf=shelf)
                floor.cache.rows(session, ALL)
            return noted.outcomes

        before = outcomes()
        floor.write(1)

        assert before == ["fill"] * 6
        assert outcomes() == ["fill", "hit", "hit", "hit", "fill", "fill"]

    def test_a_fill_that_lost_the_race_is_never_served(
        self, floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = filling.Filler.run

        def slow(self: filling.Filler, question: filling.Question) -> object:
            records = run(self, question)
            other.write(1)
            return records

        floor.read(1)
        floor.write(1)
        monkeypatch.setattr(filling.Filler, "run", slow)
        late = floor.read(1)
        monkeypatch.undo()

        assert (late, floor.read(1), other.read(1)) == (1, 2, 2)

    def test_nobody_fills_while_a_write_is_under_way(self, floor: Floor, other: Floor) -> None:
        tags = ["cached_item", "cached_item:1"]
        floor.read(1)
        with floor.plain.connect() as connection:
            transaction = str(connection.exec_driver_sql("SELECT pg_current_xact_id()").scalar())
            floor.store.close(transaction, tags, now=time.time())
            closed = [other.outcome(), floor.outcome()]
            floor.store.finish(transaction, tags)

        assert closed == ["bypass", "bypass"]
        assert [floor.outcome(), other.outcome()] == ["fill", "hit"]

    def test_the_first_of_two_writers_does_not_open_the_tag(self, floor: Floor) -> None:
        tags = ("cached_item:1", "cached_item:*")
        floor.read(1)
        now = time.time()
        floor.store.close("901", tags, now=now)
        floor.store.close("902", tags, now=now)
        floor.store.finish("901", tags)
        between = floor.store.validate(tags).seal
        floor.store.finish("902", tags)

        assert between is None
        assert floor.store.validate(tags).seal is not None

    def test_a_rolled_back_write_changes_nothing(self, floor: Floor) -> None:
        floor.read(1)
        with floor.sessions() as session:
            count_up(session, 1)
            session.rollback()

        assert (floor.outcome(), floor.read(1)) == ("hit", 0)

    @pytest.mark.parametrize("committed", [True, False])
    def test_a_dead_writers_tag_is_settled_by_the_database(
        self,
        floor: Floor,
        committed: bool,  # noqa: FBT001
    ) -> None:
        floor.read(1)
        dead_writer(floor, committed=committed)
        values = [floor.read(1) for _ in range(4)]

        assert values == [int(committed)] * 4
        assert floor.outcome() == "hit"

    def test_many_who_miss_at_once_run_the_query_once(
        self, floor: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs = []
        run = filling.Filler.run

        def counted(self: filling.Filler, question: filling.Question) -> object:
            runs.append(1)
            time.sleep(0.05)
            return run(self, question)

        monkeypatch.setattr(filling.Filler, "run", counted)
        threads = [threading.Thread(target=floor.read, args=(3,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(runs) == 1

    @pytest.mark.parametrize("near", ["validated", "tracked"])
    def test_a_near_answer_ends_with_the_commit(
        self, floor: Floor, other: Floor, near: str
    ) -> None:
        def ask() -> tuple[str, int]:
            with floor.sessions() as session, floor.cache.noting() as noted:
                (record,) = floor.cache.rows(session, NEAR[near], id=1)
            return noted.outcomes[-1], int(record.n)

        before = [ask() for _ in range(3)]
        other.write(1)

        assert before == [("fill", 0), ("hit", 0), ("near", 0)]
        assert [ask() for _ in range(3)] == [("fill", 1), ("hit", 1), ("near", 1)]

    def test_what_is_written_through_is_there_for_the_next_reader(
        self, floor: Floor, other: Floor
    ) -> None:
        def ask(floor: Floor) -> tuple[str, int]:
            with floor.sessions() as session, floor.cache.noting() as noted:
                (record,) = floor.cache.rows(session, HOT, id=1)
            return noted.outcomes[-1], int(record.n)

        ask(floor)
        floor.write(1)

        assert (ask(floor), ask(other)) == (("hit", 1), ("hit", 1))

    def test_a_debt_expels_when_it_is_paid(
        self, floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other.read(1)

        def cut_off(*_: object, **__: object) -> None:
            raise PASSING[0]("cut off")

        monkeypatch.setattr(type(floor.store), "close", cut_off)
        floor.write(1)
        monkeypatch.undo()
        owed = debts(floor)
        other.cache.pay()

        assert "cached_item:1" in owed
        assert (other.read(1), debts(floor)) == (1, [])

    def test_a_flush_forgets_every_answer(self, floor: Floor, other: Floor) -> None:
        floor.read(1)
        floor.store.flush()
        floor.warm()

        assert other.outcome() == "fill"

    def test_counts_add_up_over_processes(self, floor: Floor, other: Floor) -> None:
        floor.store.count({"a|hit": 2, "a|fill": 1})
        other.store.count({"a|hit": 3})

        assert floor.store.counted(["a|hit", "a|fill", "b|hit"]) == {
            "a|hit": 5,
            "a|fill": 1,
            "b|hit": 0,
        }

    def test_readers_and_writers_at_once(self, floor: Floor, other: Floor) -> None:
        floors = [0] * ROWS
        stale: list[tuple[int, int]] = []
        over = threading.Event()

        def write(it: Floor, first: int) -> None:
            for round_ in range(60):
                id_ = (first + round_ * 2) % ROWS
                floors[id_] = max(floors[id_], it.write(id_))

        def read(it: Floor) -> None:
            number = 0
            while not over.is_set():
                number = (number + 1) % ROWS
                least = floors[number]
                seen = it.read(number)
                if seen < least:
                    stale.append((least, seen))

        readers = [threading.Thread(target=read, args=(it,)) for it in (floor, other)]
        writers = [
            threading.Thread(target=write, args=(it, n)) for n, it in enumerate((floor, other))
        ]
        for thread in (*readers, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        over.set()
        for thread in readers:
            thread.join()

        assert stale == []
        assert floor.hits() + other.hits() > 0
