"""Rings come and go by the clock's rules: nobody reads by one that others do not write to."""

import socket
import threading
from collections.abc import Iterator

import pytest
from redis.exceptions import ConnectionError as Unreachable

from app.cache.memcached.membership import Discovered, View, ask_endpoint, membership
from app.cache.memcached.ring import Ring
from app.cache.store import PASSING
from tests.cache.memcached.pool import Endpoint, Pool

OLD, NEW, NEWEST = (Ring(version, [f"n{n}:1" for n in range(version)]) for version in (1, 2, 3))


class Clock:
    """Stands still until told to move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Told:
    """A place that knows the nodes, unless it is away; it is asked once a second."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ring: Ring | None = OLD
        self.asked = 0
        self.members = Discovered(self._ask, poll_seconds=1.0, clock=self.clock)

    def _ask(self) -> Ring:
        self.asked += 1
        if self.ring is None:
            raise Unreachable("away")
        return self.ring

    def after(self, seconds: float) -> View:
        self.clock.now += seconds
        return self.members.view()


@pytest.fixture
def told() -> Told:
    """Asked for the first time three polls ago."""
    told = Told()
    told.after(0)
    for _ in range(6):
        told.after(0.5)
    return told


def test_a_new_process_reads_after_two_polls_and_writes_after_one() -> None:
    told = Told()
    first = told.after(0)
    readable = [told.after(0.5).is_readable for _ in range(4)]

    assert (first.is_readable, first.writable_from) == (False, 101.0)
    assert readable == [False, False, False, True]


def test_it_is_asked_twice_a_poll_and_not_at_each_look(told: Told) -> None:
    told.asked = 0
    for _ in range(100):
        told.after(0.01)

    assert told.asked == 2


def test_for_two_polls_a_new_ring_is_written_beside_the_old_and_nothing_is_read(told: Told) -> None:
    told.ring = NEW
    views = [told.after(0.5) for _ in range(6)]

    assert [view.rings for view in views] == [(NEW, OLD)] * 4 + [(NEW,)] * 2
    assert [view.is_readable for view in views] == [False] * 4 + [True] * 2
    assert all(view.writable_from <= told.clock.now for view in views)


def test_a_ring_that_changes_again_meanwhile_is_written_to_until_the_last_is_read(
    told: Told,
) -> None:
    told.ring = NEW
    told.after(0.5)
    told.ring = NEWEST
    views = [told.after(0.5) for _ in range(6)]

    assert [view.rings for view in views] == [(NEWEST, NEW, OLD)] * 4 + [(NEWEST,)] * 2


def test_a_view_is_good_for_a_poll_after_it_was_asked_for(told: Told) -> None:
    assert told.after(0.5).until == told.clock.now + 1.0
    assert told.after(0.4).until == told.clock.now + 0.6


def test_a_ring_that_nobody_confirms_is_not_used(told: Told) -> None:
    told.ring = None
    still = told.after(0.5).rings
    with pytest.raises(PASSING):
        told.after(0.6)

    assert (still, told.members.known()) == ((OLD,), (OLD,))


def test_who_tells_an_older_version_confirms_nothing(told: Told) -> None:
    told.ring = NEW
    told.after(0.5)
    told.ring = OLD
    told.after(0.6)
    with pytest.raises(PASSING):
        told.after(0.6)


@pytest.fixture
def endpoint(pool: Pool) -> Iterator[Endpoint]:
    endpoint = Endpoint(pool.nodes)
    yield endpoint
    endpoint.stop()


def test_an_endpoint_tells_version_and_nodes(endpoint: Endpoint, pool: Pool) -> None:
    endpoint.tell(pool.nodes[:2])
    ring = ask_endpoint(endpoint.polled(1).split("//")[1].split("?")[0])

    assert (ring.version, ring.nodes) == (2, tuple(sorted(n.address for n in pool.nodes[:2])))


def test_a_plain_memcached_is_no_endpoint(pool: Pool) -> None:
    with pytest.raises(Unreachable, match="no configuration endpoint"):
        ask_endpoint(pool.nodes[0].address)


def hang_up(server: socket.socket) -> None:
    for _ in range(2):
        server.accept()[0].close()


def test_an_endpoint_that_hangs_up_or_says_nothing_is_a_passing_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(PASSING):
            ask_endpoint(address)
        hanging_up = threading.Thread(target=hang_up, args=(silent,))
        hanging_up.start()
        with pytest.raises(PASSING):
            ask_endpoint(address)
        hanging_up.join()
    with pytest.raises(PASSING):
        membership(f"memcached+discovery://{address}").view()
