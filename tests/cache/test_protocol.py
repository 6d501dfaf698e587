"""The protocol on a Valkey server: what the contract of all engines leaves out."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.cache import Policy, Query, mending
from app.cache.valkey import ValkeyStore as Store
from lab.engines import Valkey
from tests.cache.floor import BY_ID, Floor, count_up, item


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
