"""Commits that are none of the usual: each statement its own, in two phases, or refused."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.cache import CacheAway, mending
from app.cache.valkey import ValkeyStore
from lab.engines import Valkey
from tests.cache.floor import Floor, debts, item


def add_one(floor: Floor, id_: int = 1) -> None:
    with floor.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(item.update().where(item.c.id == id_).values(n=item.c.n + 1))


def test_a_statement_that_commits_itself_expels_too(floor: Floor, other: Floor) -> None:
    other.read(1)
    add_one(floor)
    assert [(other.read(1), other.outcome()) for _ in range(2)] == [(1, "hit")] * 2


def test_nobody_fills_while_it_runs(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    finish = ValkeyStore.finish

    def watched(self: ValkeyStore, transaction: str, tags: frozenset[str]) -> None:
        seen.append((other.outcome(), other.read(1)))
        finish(self, transaction, tags)

    monkeypatch.setattr(ValkeyStore, "finish", watched)
    floor.read(1)
    add_one(floor)

    assert seen == [("bypass", 1)]


def test_one_that_fails_opens_the_tag_again(floor: Floor) -> None:
    floor.read(1)
    with (
        pytest.raises(DBAPIError),
        floor.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        connection.execute(text("UPDATE cached_item SET n = 1 / 0 WHERE id = 1"))

    assert [floor.outcome(), floor.outcome()] == ["fill", "hit"]


def test_one_whose_process_died_is_settled_when_its_connection_is_gone(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    monkeypatch.setattr(ValkeyStore, "finish", lambda *_: None)
    other.read(1)
    add_one(floor)
    living = [other.outcome() for _ in range(3)]
    floor.engine.dispose()
    monkeypatch.undo()
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    values = [other.read(1) for _ in range(3)]

    assert (living, values, other.outcome()) == (["bypass"] * 3, [1, 1, 1], "hit")


def test_one_that_cannot_reach_the_cache_owes(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    valkey.stop()
    add_one(floor)
    owed = debts(floor)
    valkey.start()
    floor.warm()
    floor.cache.pay()

    assert "cached_item:1" in owed or "cached_item:*" in owed
    assert floor.read(1) == 1


@pytest.fixture
def strict(floor: Floor) -> Iterator[Floor]:
    """A process that refuses to write what it cannot tell the cache."""
    strict = Floor(*floor.urls, away="refuse")
    yield strict
    strict.hang_up()


def test_a_write_is_refused_where_the_policy_says_so(strict: Floor, valkey: Valkey) -> None:
    valkey.stop()
    with pytest.raises(OperationalError) as refusal:
        strict.write(1)
    valkey.start()

    assert isinstance(refusal.value.orig, CacheAway)
    assert (strict.truth(1), debts(strict)) == (0, [])
    assert strict.write(1) == 1


@pytest.fixture
def two_phases(floor: Floor) -> Floor:
    with floor.plain.connect() as connection:
        if connection.scalar(text("SHOW max_prepared_transactions")) == "0":
            pytest.fail("the tests' PostgreSQL must allow prepared transactions")
    return floor


def test_a_prepared_transaction_keeps_its_tags_closed_until_it_has_ended(
    two_phases: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLOW_WRITER_SECONDS", 0.0)
    other.read(1)
    with two_phases.engine.connect() as connection:
        transaction = connection.begin_twophase()
        connection.execute(item.update().where(item.c.id == 1).values(n=7))
        transaction.prepare()
        between = [(other.outcome(), other.read(1)) for _ in range(2)]
        transaction.commit()
    values = [other.read(1) for _ in range(3)]

    assert between == [("bypass", 0)] * 2
    assert (values, other.outcome()) == ([7, 7, 7], "hit")
