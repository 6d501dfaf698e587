"""The protocol on real servers, interleaving by interleaving (docs/query-cache.md)."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.cache import Policy, Query, filling, layout, mending
from app.cache.valkey import ValkeyStore as Store
from lab.engines import Valkey
from tests.cache.floor import ALL, BY_ID, BY_SHELF, Floor, count_up, dead_writer, item


def test_a_second_read_is_a_hit(floor: Floor) -> None:
    assert [floor.outcome(), floor.outcome()] == ["fill", "hit"]


def test_a_hit_is_one_command_and_touches_no_database(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    wire = floor.store.wire()
    with valkey.client() as client:
        before = client.info("commandstats")["cmdstat_mget"]["calls"]
        replies = wire.replies if wire else -1
        floor.read(1)
        after = client.info("commandstats")["cmdstat_mget"]["calls"]

    assert (after - before, wire and wire.replies - replies) == (1, 1)
    assert floor.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_read_after_a_commit_sees_it_in_every_process(floor: Floor, other: Floor) -> None:
    for number in range(1, 20):
        assert floor.write(1) == number
        assert (floor.read(1), other.read(1)) == (number, number)


def test_a_write_expels_what_depends_on_it_and_nothing_else(floor: Floor) -> None:
    for id_ in (1, 2, 3):
        floor.read(id_)
    with floor.sessions() as session:
        for shelf in (0, 1):
            floor.cache.rows(session, BY_SHELF, shelf=shelf)
        floor.cache.rows(session, ALL)
    floor.write(1)
    with floor.sessions() as session, floor.cache.noting() as noted:
        for id_ in (1, 2, 3):
            floor.cache.rows(session, BY_ID, id=id_)
        for shelf in (0, 1):
            floor.cache.rows(session, BY_SHELF, shelf=shelf)
        floor.cache.rows(session, ALL)

    assert noted.outcomes == ["fill", "hit", "hit", "hit", "fill", "fill"]


def test_a_fill_that_lost_the_race_is_never_served(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """miss · query · commit and finish · store · read."""
    run = filling.Filler.run

    def slow(self: object, *arguments: object) -> object:
        records = run(self, *arguments)  # type: ignore[arg-type]
        other.write(1)
        return records

    monkeypatch.setattr(filling.Filler, "run", slow)
    stale = floor.read(1)
    monkeypatch.undo()

    assert (stale, floor.read(1), other.read(1)) == (0, 1, 1)


def test_nobody_fills_between_close_and_finish(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """close · read · COMMIT · read · finish."""
    seen = []
    finish = Store.finish

    def watched(self: Store, transaction: str, tags: frozenset[str]) -> None:
        seen.append((other.outcome(), other.read(1)))
        finish(self, transaction, tags)

    monkeypatch.setattr(Store, "finish", watched)
    floor.read(1)
    floor.write(1)

    assert seen == [("bypass", 1)]
    assert (other.read(1), other.outcome()) == (1, "hit")


def test_two_writers_on_one_tag_the_first_does_not_open_it_for_the_second(floor: Floor) -> None:
    store, tags = floor.store, ("cached_item:1",)
    store.close("901", tags, now=time.time())
    store.close("902", tags, now=time.time())
    store.finish("901", tags)
    closed = store.look("x", tags).parts[1]
    store.finish("902", tags)
    opened = store.look("x", tags).parts[1]

    assert (layout.is_open(closed), layout.is_open(opened)) == (False, True)


def test_a_rolled_back_write_changes_nothing(floor: Floor) -> None:
    floor.read(1)
    with floor.sessions() as session:
        count_up(session, 1)
        session.rollback()

    assert (floor.outcome(), floor.read(1)) == ("hit", 0)


def test_a_refused_commit_opens_the_tag_again(floor: Floor) -> None:
    with floor.plain.begin() as connection:
        connection.execute(
            text(
                "ALTER TABLE cached_item ADD CONSTRAINT one_name UNIQUE (shelf, n, id)"
                " DEFERRABLE INITIALLY DEFERRED"
            )
        )
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE unique_violation; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON cached_item"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    floor.read(1)
    with pytest.raises(IntegrityError):
        floor.write(1)

    assert (floor.outcome(), floor.outcome(), floor.read(1)) == ("fill", "hit", 0)


def test_a_transaction_that_has_written_reads_its_own_write(floor: Floor) -> None:
    floor.read(1)
    with floor.sessions() as session:
        count_up(session, 1)
        with floor.cache.noting() as noted:
            (record,) = floor.cache.rows(session, BY_ID, id=1)
        session.rollback()

    assert (record.n, noted.outcomes, floor.read(1)) == (1, ["bypass"], 0)


def test_a_savepoint_does_not_finish_the_transaction(floor: Floor, other: Floor) -> None:
    floor.read(1)
    with floor.sessions.begin() as session:
        with session.begin_nested():
            count_up(session, 1)
        assert other.read(1) == 0
    assert other.read(1) == 1


@pytest.mark.parametrize("committed", [True, False])
def test_a_dead_writers_tag_is_settled_by_the_database(floor: Floor, committed: bool) -> None:  # noqa: FBT001
    floor.read(1)
    dead_writer(floor, committed=committed)
    values = [floor.read(1) for _ in range(3)]

    assert values == [int(committed)] * 3
    assert floor.outcome() == "hit"


def test_a_slow_writer_is_not_taken_for_dead(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    seen = []
    close = Store.close

    def watched(self: Store, transaction: str, tags: frozenset[str], *, now: float) -> None:
        close(self, transaction, tags, now=now)
        seen.extend([other.outcome(), other.outcome()])

    monkeypatch.setattr(Store, "close", watched)
    floor.read(1)
    floor.write(1)

    assert seen == ["bypass", "bypass"]
    assert other.read(1) == 1


def test_a_writer_that_was_settled_by_another_does_not_close_the_epoch(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    finish = Store.finish

    def late(self: Store, transaction: str, tags: frozenset[str]) -> None:
        for tag in sorted(tags):
            self.settle(transaction, tag)
        finish(self, transaction, tags)

    monkeypatch.setattr(Store, "finish", late)
    floor.write(1)
    floor.read(1)

    assert floor.outcome() == "hit"


def test_raw_sql_and_bulk_writes_expel_too(floor: Floor, other: Floor) -> None:
    other.read(1)
    with floor.engine.begin() as connection:
        connection.execute(text("UPDATE cached_item SET n = 7 WHERE id = 1"))
    raw = other.read(1)
    with floor.engine.begin() as connection:
        connection.execute(item.update().values(n=8))

    assert (raw, other.read(1)) == (7, 8)


def test_an_answer_too_large_is_served_and_not_kept(floor: Floor) -> None:
    small = Policy(fresh_for=timedelta(minutes=5), largest_bytes=8)
    query = Query(BY_ID.statement, name="small", policy=small)
    with floor.sessions() as session, floor.cache.noting() as noted:
        for _ in range(2):
            floor.cache.rows(session, query, id=1)

    assert noted.outcomes == ["fill", "fill"]


def test_many_who_miss_at_once_run_the_query_once(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    run = filling.Filler.run

    def counted(self: object, *arguments: object) -> object:
        runs.append(1)
        time.sleep(0.05)
        return run(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(filling.Filler, "run", counted)
    threads = [threading.Thread(target=floor.read, args=(3,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 1
