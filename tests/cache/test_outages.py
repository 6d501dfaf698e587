"""What an outage of the cache costs: its help, and neither an answer nor a write."""

import signal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.cache import PASSING
from app.cache.valkey import ValkeyStore as Store
from app.config import Config
from lab.engines import Valkey
from tests.cache.floor import Floor, count_up, debts


def test_an_outage_costs_nothing_but_the_cache(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    valkey.stop()
    during = [floor.read(1), floor.write(1), floor.read(1)]
    owed = debts(floor)
    valkey.start()

    assert during == [0, 1, 1]
    assert "cached_item:1" in owed
    floor.warm()
    floor.cache.pay()
    assert (floor.read(1), debts(floor)) == (1, [])


def test_a_debt_is_paid_and_then_what_it_expels_is_gone(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process is cut off from the cache; others are not."""
    other.read(1)

    def cut_off(*_: object, **__: object) -> None:
        raise PASSING[0]("cut off")

    monkeypatch.setattr(Store, "close", cut_off)
    floor.write(1)
    monkeypatch.undo()
    paid = other.cache.pay()

    assert paid >= 2
    assert other.read(1) == 1


def test_a_frozen_cache_is_given_up_on_and_then_left_alone(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    valkey.signal(signal.SIGSTOP)
    outcomes = [floor.outcome() for _ in range(50)]
    valkey.signal(signal.SIGCONT)

    assert set(outcomes) == {"bypass"}
    assert floor.cache.counts["away", "cache"] <= 5  # the breaker tried no more than it must


def test_a_full_cache_answers_from_the_database(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    with valkey.client() as client:
        client.config_set("maxmemory", 1)
        answers = [floor.read(2), floor.write(2), floor.read(2)]
        client.config_set("maxmemory", 0)

    assert answers == [0, 1, 1]


def test_a_commit_whose_outcome_is_unknown_leaves_the_tag_closed(floor: Floor) -> None:
    floor.read(1)
    with pytest.raises(OperationalError), floor.sessions() as session:  # noqa: PT012
        count_up(session, 1)
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with floor.plain.connect() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        session.commit()

    assert floor.read(1) == floor.truth(1)


def test_a_server_that_evicts_any_key_is_not_believed(floor: Floor, valkey: Valkey) -> None:
    floor.read(1)
    with valkey.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    wary = Floor(*floor.urls)
    outcomes = [wary.outcome() for _ in range(3)]
    wary.write(1)
    wary.hang_up()

    assert outcomes == ["bypass"] * 3
    assert floor.read(1) == 1


def test_a_frozen_cache_is_left_alone_by_writers_too(
    floor: Floor, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    close = Store.close

    def counted(self: Store, transaction: str, tags: frozenset[str], *, now: float) -> None:
        tried.append(transaction)
        close(self, transaction, tags, now=now)

    monkeypatch.setattr(Store, "close", counted)
    valkey.signal(signal.SIGSTOP)
    written = [floor.write(1) for _ in range(30)]
    valkey.signal(signal.SIGCONT)
    owed = debts(floor)
    floor.warm()
    floor.cache.pay()

    assert written == list(range(1, 31))
    assert owed.count("cached_item:1") == 30
    assert len(tried) <= 5  # three until the breaker opened, and one a second from then on
    assert floor.read(1) == 30


def test_a_request_that_asks_nothing_does_not_dial(floor: Floor, valkey: Valkey) -> None:
    valkey.stop()
    with floor.cache.noting() as noted:
        pass
    dialled = floor.store.wires()  # type: ignore[attr-defined] # a Valkey's
    fresh = Floor(*floor.urls)
    with fresh.cache.noting():
        pass

    assert (noted.outcomes, len(dialled)) == ([], 1)
    assert fresh.store.wires() == []  # type: ignore[attr-defined] # a Valkey's
    fresh.hang_up()


def test_a_cache_that_is_off_asks_the_database_and_still_tells_others(
    floor: Floor, config: Config, cache_url: str
) -> None:
    off = Floor(config.database_url, cache_url, answers=False)
    kept = (floor.read(1), floor.outcome())
    outcomes = [off.outcome() for _ in range(3)]
    off.write(1)
    off.hang_up()

    assert kept == (0, "hit")
    assert outcomes == ["bypass"] * 3
    assert floor.read(1) == 1
