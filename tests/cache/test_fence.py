"""The fence: a writer cut off from the cache, and readers who are not, without a stale answer."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from app.cache import PASSING, CacheAway, bracketed, open_store
from app.cache.fencing import Fence
from app.cache.valkey import ValkeyStore
from app.config import Config
from lab.engines import Valkey
from tests.cache.floor import Floor, debts, item


@pytest.fixture
def floor(config: Config, cache_url: str) -> Iterator[Floor]:
    """A process's view, of a store that is fenced."""
    floor = Floor(config.database_url, cache_url, fenced=True)
    floor.lay_out()
    floor.warm()
    yield floor
    floor.close()


@pytest.fixture
def payer(floor: Floor) -> Iterator[None]:
    """Somebody who pays, and keeps the fence up."""
    over = threading.Event()

    def pay() -> None:
        while not over.wait(0.2):
            floor.cache.pay()

    thread = threading.Thread(target=pay)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def cut_off(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    """A writer that cannot reach the cache any more, while readers can."""
    writer = Floor(*floor.urls, away="fence", fenced=True)

    def unreachable(*_: object, **__: object) -> None:
        raise PASSING[0]("cut off")

    monkeypatch.setattr(writer.store, "close", unreachable)
    yield writer
    writer.hang_up()


def readings(floor: Floor, over: threading.Event) -> list[tuple[float, str, int]]:
    """When, how and what was read of row 1, until it is over."""
    seen = []
    while not over.is_set():
        outcome = floor.outcome(1)
        seen.append((time.monotonic(), outcome, floor.read(1)))
        time.sleep(0.01)
    return seen


def write_while_reading(floor: Floor, writer: Floor) -> tuple[list[tuple[float, str, int]], float]:
    """What was read while the writer wrote, and when its commit returned."""
    over = threading.Event()
    seen: list[tuple[float, str, int]] = []
    reader = threading.Thread(target=lambda: seen.extend(readings(floor, over)))
    reader.start()
    writer.write(1)
    returned = time.monotonic()
    time.sleep(1)
    over.set()
    reader.join()
    return seen, returned


def test_a_cut_off_writer_waits_until_nobody_is_answered_from_before(
    floor: Floor, cut_off: Floor, payer: None
) -> None:
    floor.read(1)
    seen, returned = write_while_reading(floor, cut_off)
    after = [value for at, _, value in seen if at > returned]

    assert set(after) == {1}
    assert "hit" in {outcome for at, outcome, _ in seen if at < returned}


def test_without_the_wait_somebody_is(
    floor: Floor, cut_off: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: here nobody waits and nobody pays."""
    monkeypatch.setattr(Fence, "wait", lambda *_: None)
    floor.read(1)
    seen, returned = write_while_reading(floor, cut_off)

    assert 0 in {value for at, _, value in seen if at > returned}


def test_the_debt_of_a_writer_that_waits_is_not_paid_too_early(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fence = Fence(floor.store, floor.aside)  # type: ignore[arg-type] # it is a Valkey's
    monkeypatch.setattr("app.cache.fencing.time.sleep", lambda _: None)
    with floor.plain.connect() as connection:
        connection.execute(item.update().values(n=5))
        transaction = connection.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one()
        fence.wait(transaction, frozenset({"cached_item:1"}))
        early = (floor.cache.pay(), debts(floor))
        connection.commit()

    assert early == (0, ["cached_item:1"])
    assert (floor.cache.pay(), debts(floor)) == (1, [])


def epochs(valkey: Valkey) -> tuple[object, object]:
    """The epoch now, and in three seconds."""
    with valkey.client() as client:
        now = client.get("qc:epoch")
        time.sleep(3)
        return now, client.get("qc:epoch")


def test_the_epoch_lives_while_somebody_pays(floor: Floor, valkey: Valkey, payer: None) -> None:
    now, later = epochs(valkey)

    assert now == later is not None


def test_the_epoch_lapses_where_nobody_does(floor: Floor, valkey: Valkey) -> None:
    now, later = epochs(valkey)

    assert now != later


def test_an_epoch_that_does_not_lapse_is_not_taken_over(valkey: Valkey) -> None:
    plain, fenced = open_store(valkey.url), open_store(valkey.url, fenced=True)
    plain.validate(("t",))
    before = plain.validate(("t",)).parts[0]
    fenced.validate(("t",))
    with valkey.client() as client:
        lapses = client.pttl("qc:epoch")
    plain.hang_up()
    fenced.hang_up()

    assert 0 < lapses <= 2000
    assert fenced.validate(("t",)).parts[0] != before
    fenced.hang_up()


def test_a_fence_wants_a_fenced_store(valkey: Valkey) -> None:
    with pytest.raises(ValueError, match="fenced"):
        bracketed(ValkeyStore(valkey.url), away="fence")
    with pytest.raises(ValueError, match="one Valkey"):
        open_store("memcached://127.0.0.1:1", fenced=True)


def test_a_statement_that_commits_itself_is_refused(cut_off: Floor) -> None:
    with (
        pytest.raises(OperationalError) as refusal,
        cut_off.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        connection.execute(item.update().where(item.c.id == 1).values(n=5))

    assert isinstance(refusal.value.orig, CacheAway) or isinstance(refusal.value, CacheAway)
    assert cut_off.truth(1) == 0
