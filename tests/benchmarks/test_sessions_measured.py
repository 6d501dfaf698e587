"""What sessions cost: the harness on a real Valkey, and the tables it fills."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from benchmarks.querycache.turns import Bursts
from benchmarks.report import table
from benchmarks.sessions import tables
from benchmarks.sessions.application import BLIND, FIELD, READ, UNTOUCHED, WRITE, begun
from benchmarks.sessions.contenders import BASELINE, COOKIE, ENTRANTS, NO_REFRESH, OURS, STOCK
from benchmarks.sessions.measure import KINDS, NO_COOKIE, Measured, round_trips
from benchmarks.sessions.visitor import Refused, Visitor
from lab.engines import Valkey

KEEPING = [entrant for entrant in ENTRANTS if entrant.name not in (BASELINE, COOKIE)]
TRIPS = {
    BASELINE: [0, 0, 0, 0, 0],
    COOKIE: [0, 0, 0, 0, 0],
    STOCK: [0, 2, 2, 2, 2],
    NO_REFRESH: [0, 1, 1, 2, 2],
    OURS: [0, 0, 1, 2, 1],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    engine = Valkey(tmp_path_factory.mktemp("sessions") / "valkey").start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def visitor_of(server: Valkey) -> Callable[[str], Visitor]:
    made = {entrant.name: entrant.make(server.url) for entrant in ENTRANTS}
    return made.__getitem__


@pytest.fixture
def client(server: Valkey) -> Iterator[Redis]:
    with server.client() as client:
        yield client


def measured(*, read_us: float, trips: float = 1.0) -> Measured:
    """A request without a session takes 100 µs, with a peer's 200; a read with ours so long."""
    bursts: Bursts = {each.name: [[200e-6]] for each in ENTRANTS} | {BASELINE: [[100e-6]]}
    found = {kind.name: bursts for kind in KINDS} | {"read": bursts | {OURS: [[read_us / 1e6]]}}
    counted = {kind.name: dict.fromkeys(bursts, 0.0) for kind in KINDS}
    counted["read"][OURS] = trips
    return Measured("a machine", pinned=True, bursts=found, trips=counted)


@pytest.mark.parametrize("name", [entrant.name for entrant in KEEPING])
def test_a_contender_keeps_what_was_written(
    visitor_of: Callable[[str], Visitor], name: str
) -> None:
    visitor, first = visitor_of(name), begun()[FIELD]

    assert visitor.ask(READ).decode() == first
    visitor.ask(WRITE)
    assert visitor.ask(READ).decode() == first[1:] + first[0]
    visitor.ask(BLIND)
    assert visitor.ask(READ).decode() == "1".zfill(len(first))
    assert visitor.ask(READ, with_cookie=False) == b""


@pytest.mark.parametrize("name", TRIPS)
def test_the_server_counts_the_trips(
    visitor_of: Callable[[str], Visitor], client: Redis, name: str
) -> None:
    counted = [round_trips(visitor_of(name), kind, client) for kind in KINDS]

    assert KINDS[0] == NO_COOKIE
    assert counted == TRIPS[name]


def test_an_answer_that_is_an_error_is_not_timed(visitor_of: Callable[[str], Visitor]) -> None:
    with pytest.raises(Refused, match="404 NOT FOUND"):
        visitor_of(BASELINE).burst(f"{UNTOUCHED}/nowhere", 1)


def test_what_is_added_is_what_the_baseline_does_not_take() -> None:
    bursts = {
        BASELINE: [[1e-6], [10e-6]],
        OURS: [[3e-6, 3e-6, 9e-6], [14e-6]],
        STOCK: [[2e-6], [12e-6]],
    }

    assert tables.added(bursts, OURS) == pytest.approx([2.0, 4.0])
    assert tables.ratios(bursts, OURS, beside=STOCK) == pytest.approx([2.0, 2.0])


@pytest.mark.parametrize(
    ("read_us", "trips", "word"),
    [
        (200, 1, "met"),
        (201, 1, "**missed: time**"),
        (190, 1.02, "**missed: trips**"),
        (300, 2, "**missed: time and trips**"),
    ],
)
def test_a_goal_that_is_missed_is_shown_as_missed(read_us: float, trips: float, word: str) -> None:
    rows = tables.goal_rows(measured(read_us=read_us, trips=trips))

    assert [row[0] for row in rows] == ["untouched", "read", "write", "write unread"]
    assert rows[1][-1] == word
    assert f"| {word} " in table(tables.GOALS_HEAD, rows)
