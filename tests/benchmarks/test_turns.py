import random

import pytest

from benchmarks.querycache import tables
from benchmarks.querycache.contenders import CACHES, ENTRANTS, WRITERS
from benchmarks.querycache.fills import Fill
from benchmarks.querycache.measure import Measured
from benchmarks.querycache.race import Verdict
from benchmarks.querycache.turns import cost, in_shuffled_turns
from benchmarks.report import table


@pytest.fixture
def measured() -> Measured:
    """The read of the nth entrant takes n µs; all commits take as long."""
    return Measured(
        machine="a machine",
        pinned=True,
        hits={each.name: [[n * 1e-6]] for n, each in enumerate(ENTRANTS, 1)},
        commits={each.name: [[1e-3]] for each in WRITERS},
        races={
            each.name: [Verdict(0.0, 2_000, 0, 9), Verdict(0.005, 200, 3, 9)] for each in CACHES
        },
        fills={each.name: [Fill(1, 0.2), Fill(1, 0.21), Fill(4, 0.46)] for each in CACHES},
    )


def test_each_round_asks_every_contender_once_in_an_order_of_its_own() -> None:
    asked: list[str] = []

    def burst(name: str) -> list[float]:
        asked.append(name)
        return [float(len(asked))]

    names = ["a", "b", "c", "d"]
    contenders = {name: (lambda name=name: burst(name)) for name in names}
    chance = random.Random(1)  # noqa: S311 (a test's)
    bursts = in_shuffled_turns(contenders, rounds=5, chance=chance)
    orders = [asked[start : start + 4] for start in range(0, len(asked), 4)]

    assert [sorted(order) for order in orders] == [names] * 6
    assert len({tuple(order) for order in orders}) > 1
    assert all(len(found) == 5 for found in bursts.values())
    assert min(taken for found in bursts.values() for (taken,) in found) == 5.0  # not the first


def test_a_ratio_is_taken_within_its_round() -> None:
    bursts = {"bare": [[1e-6, 2e-6, 9e-6], [10e-6]], "ours": [[3e-6], [15e-6, 15e-6]]}
    found = cost(bursts, "ours", measure="bare")

    assert found.ratios == pytest.approx([1.5, 1.5])
    assert found.median_us == pytest.approx(15.0)


def test_the_tables_say_what_was_stale_and_who_ran_the_query(measured: Measured) -> None:
    hits = table(tables.HITS_HEAD, tables.hit_rows(measured)).splitlines()
    changes = table(tables.CHANGES_HEAD, tables.change_rows(measured)).splitlines()
    ours, theirs = hits[4], hits[2]

    assert len(hits) == len(ENTRANTS) + 2
    assert ours.startswith("| **ours, strict**")
    assert "| 3.00 " in ours
    assert "| 0 of 2,000 " in ours
    assert "| 3 of 200 (1.50%)" in ours
    assert theirs.rstrip(" |").endswith("1.00 … 1.00")  # a GET goes stale by nobody's fault
    assert "| 1 (worst 4) " in changes[2]
    assert "| 210 ms (worst 460 ms) |" in changes[2]
