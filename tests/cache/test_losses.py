"""The server loses what it knew: keys, everything, or the last moments before a failover."""

import pytest

from app.cache import layout
from app.cache.valkey import ValkeyStore as Store
from lab.engines import Valkey
from tests.cache.floor import Floor


@pytest.mark.parametrize("keys", ["token", "writers", "both"])
def test_lost_keys_cost_misses_only(
    floor: Floor, other: Floor, monkeypatch: pytest.MonkeyPatch, keys: str, valkey: Valkey
) -> None:
    """The server forgets tokens or registrations between close and COMMIT."""
    close = Store.close

    def forgetful(self: Store, transaction: str, tags: frozenset[str], *, now: float) -> None:
        close(self, transaction, tags, now=now)
        with valkey.client() as client:
            for tag in tags:
                if keys in ("token", "both"):
                    client.delete(layout.token(tag))
                if keys in ("writers", "both"):
                    client.delete(layout.writers(tag))
        other.read(1)  # may mint, and may fill

    monkeypatch.setattr(Store, "close", forgetful)
    floor.read(1)
    floor.write(1)

    assert (floor.read(1), other.read(1)) == (1, 1)


def test_a_wiped_server_serves_nothing_until_writers_in_flight_have_ended(
    floor: Floor, other: Floor, valkey: Valkey
) -> None:
    floor.read(1)
    blocker = floor.raw_connection()
    with blocker.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        with valkey.client() as client:
            client.flushall()
        closed = [floor.outcome() for _ in range(4)] + [other.outcome()]
    blocker.rollback()
    blocker.close()
    floor.warm()
    floor.read(1)

    assert closed == ["bypass"] * 5
    assert floor.outcome() == "hit"


def test_a_server_with_another_identity_begins_another_epoch(floor: Floor, valkey: Valkey) -> None:
    """A failover to a replica that lacks the last write: its data are from before."""
    floor.read(1)
    with valkey.client() as client:
        dumps = [(key, client.dump(key)) for key in client.scan_iter("*")]
    floor.write(1)
    valkey.kill()
    (valkey.folder / "appendonlydir").rename(valkey.folder / "lost")
    valkey.start()  # a new server has a new replication id
    with valkey.client() as client:
        for key, held in dumps:
            client.restore(key, 0, held or b"", replace=True)

    assert [floor.read(1) for _ in range(5)] == [1] * 5
