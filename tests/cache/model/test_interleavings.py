"""Every interleaving of the query cache's protocol, and what each of its parts is good for.

The default run visits all states of two writers and two readers. `make soak` adds a third of each,
all faults in one run, and the search that takes no short cuts.
"""

from dataclasses import replace

import pytest

from tests.cache.model.explorer import Cell, explore, states_that_stay_closed
from tests.cache.model.faults import (
    CUT_OFF,
    FAILOVER,
    REFUSED,
    REGISTRATIONS,
    STOPS,
    TAG,
    WIPE,
)
from tests.cache.model.protocol import ROW_12, ROW_15, ROW_16, Part, Policy, Protocol

Faults = tuple[str, ...]


def named(value: object) -> str:
    if isinstance(value, Protocol):
        return f"row {value.row}"
    if isinstance(value, tuple | set):
        return "+".join(sorted(value)) or "no fault"
    return str(value)


ROWS = pytest.mark.parametrize("protocol", [ROW_12, ROW_15, ROW_16], ids=named)
SAFE: list[Faults] = [
    (),
    (REFUSED,),
    (STOPS,),
    (TAG,),
    (WIPE,),
    (FAILOVER,),
    (STOPS, FAILOVER),
    (STOPS, WIPE),
]
EVERYTHING = (REFUSED, STOPS, CUT_OFF, TAG, WIPE, FAILOVER)
HALF_AN_HOUR = 1800


def faults_of(cells: list[Faults]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("faults", cells, ids=named)


# --- the whole protocol


@ROWS
@faults_of(SAFE)
def test_no_interleaving_serves_a_stale_row(protocol: Protocol, faults: Faults) -> None:
    found = explore(Cell(protocol, faults))

    assert not found.broken, found


@pytest.mark.parametrize("protocol", [ROW_15, ROW_16], ids=named)
def test_with_one_key_for_a_tag_registrations_may_be_evicted(protocol: Protocol) -> None:
    found = explore(Cell(protocol, (REGISTRATIONS,)))

    assert not found.broken, found


def test_with_two_keys_evicted_registrations_break_s2() -> None:
    # Why row 12 is only for servers that evict `volatile-*` or nothing.
    assert explore(Cell(ROW_12, (REGISTRATIONS,))).broken == {"S2"}


@ROWS
@faults_of([(), (STOPS,), (TAG,), (WIPE,), (FAILOVER,), (STOPS, WIPE), (STOPS, CUT_OFF)])
def test_the_tag_can_always_open_again(protocol: Protocol, faults: Faults) -> None:
    assert not states_that_stay_closed(Cell(protocol, faults, readers=1))


def test_the_shortest_story_is_told_in_words() -> None:
    found = explore(Cell(ROW_12.without("registration")))

    assert found.stories["S2"] == [
        "W0 closes the tag",
        "W1 closes the tag",
        "W1 COMMIT",
        "W1 finishes",
        "R0 misses, notes the tokens",
        "R0 queries: W1",
        "W0 COMMIT",
        "R0 stores: W1",
        "R1 HIT: W1 (visible: W0, W1; returned: nothing)",
    ]


# --- each part

NEEDED: list[tuple[Protocol, Part, Faults, set[str]]] = [
    (ROW_12, "close before commit", (), {"S2"}),
    (ROW_12, "registration", (), {"S2"}),
    (ROW_12, "resolver asks", (), {"S2"}),
    (ROW_12, "tokens first", (), {"S1", "S2"}),
    (ROW_12, "bypass", (), {"S2", "dirty"}),
    (ROW_12, "epoch", (WIPE,), {"S1", "S2"}),
    (ROW_12, "epoch", (FAILOVER,), {"S1", "S2"}),
    (ROW_12, "identity", (FAILOVER,), {"S1", "S2"}),
    (ROW_12, "quarantine", (WIPE,), {"S2"}),
    (ROW_12, "quarantine", (FAILOVER,), {"S2"}),
    (ROW_12, "fill if open", (WIPE,), {"S2"}),
    (ROW_12, "missing is a miss", (TAG,), {"S1", "S2"}),
    (ROW_12, "minted closed", (TAG,), {"S2"}),
    (ROW_12, "unique tokens", (TAG,), {"S1", "S2"}),
    (ROW_15, "strict finish", (TAG,), {"S2"}),
    (ROW_15, "touch what exists", (TAG,), {"S1", "S2"}),
    (ROW_15, "minted closed", (), {"S1", "S2"}),
    (ROW_15, "quarantine", (), {"S1", "S2"}),
    (ROW_15, "unique tokens", (WIPE,), {"S1", "S2"}),
    (ROW_16, "fill if open", (), {"S1", "S2"}),
]


@pytest.mark.parametrize(("protocol", "part", "faults", "rules"), NEEDED, ids=named)
def test_without_any_one_part_a_stale_row_is_served(
    protocol: Protocol, part: Part, faults: Faults, rules: set[str]
) -> None:
    assert explore(Cell(protocol.without(part), faults), until=rules).broken == rules


@pytest.mark.parametrize("protocol", [ROW_12, ROW_15], ids=named)
@faults_of([(STOPS,), (FAILOVER,)])
def test_without_the_resolver_a_tag_stays_closed_for_ever(
    protocol: Protocol, faults: Faults
) -> None:
    # A failover alone does it too: the replica may know a writer that finished long ago.
    assert states_that_stay_closed(Cell(protocol.without("resolver"), faults, readers=1))


@faults_of(SAFE)
def test_row_12_needs_no_strict_finish_while_registrations_are_kept(faults: Faults) -> None:
    # The epoch awaits all whose registrations a lost server can have held: strictness is a second
    # lock. Row 15 has no such epoch when a single tag goes, and needs it.
    assert not explore(Cell(ROW_12.without("strict finish"), faults, readers=1)).broken


def test_a_tag_served_while_closed_needs_that_it_is_also_filled_while_closed() -> None:
    assert not explore(Cell(ROW_12.without("serve if open"))).broken
    assert explore(Cell(ROW_12.without("serve if open", "fill if open"))).broken == {"S2"}


# --- readers in transactions


@ROWS
def test_a_repeatable_read_may_read_the_cache_and_not_fill_it(protocol: Protocol) -> None:
    old = replace(protocol, repeatable_read=True)

    assert not explore(Cell(old)).broken
    assert explore(Cell(old.without("young snapshot"), readers=1)).broken == {"S1", "S2"}


# --- a writer that cannot reach the cache

CUT_OFF_AND: list[Faults] = [(CUT_OFF, *faults) for faults in SAFE if len(faults) < 2]


@ROWS
@pytest.mark.parametrize("policy", ["refuse", "fence"])
@faults_of(CUT_OFF_AND)
def test_a_writer_that_is_cut_off_and_refuses_or_waits_breaks_nothing(
    protocol: Protocol, policy: Policy, faults: Faults
) -> None:
    found = explore(Cell(replace(protocol, unreachable=policy), faults, readers=1))

    assert not found.broken, found


@ROWS
def test_a_debt_lets_both_rules_break_until_it_is_paid(protocol: Protocol) -> None:
    owing = replace(protocol, unreachable="owe")

    assert explore(Cell(owing, (CUT_OFF,))).broken == {"S1", "S2"}


@ROWS
@faults_of(CUT_OFF_AND)
def test_nothing_but_what_is_owed_is_ever_missing(protocol: Protocol, faults: Faults) -> None:
    owing = replace(protocol, unreachable="owe")
    found = explore(Cell(owing, faults, readers=1, forgiving=True))

    assert not found.broken, found


def test_a_debt_struck_off_unpaid_leaves_stale_rows_behind() -> None:
    forgetful = replace(ROW_12, unreachable="owe").without("payment renews")

    assert explore(Cell(forgetful, (CUT_OFF,), forgiving=True)).broken == {"S1", "S2"}


# --- the search itself


@pytest.mark.parametrize(
    ("part", "faults"),
    [("registration", ()), ("tokens first", ()), ("quarantine", (WIPE,)), ("epoch", (WIPE,))],
    ids=named,
)
def test_forgetting_what_is_void_changes_no_answer(part: Part, faults: Faults) -> None:
    short = Cell(ROW_12.without(part), faults, readers=1)
    long = replace(short, forget=False)

    assert explore(short).broken == explore(long).broken != set()


@pytest.mark.soak
@pytest.mark.timeout(HALF_AN_HOUR)
@ROWS
@faults_of(SAFE)
def test_the_long_search_finds_nothing_either(protocol: Protocol, faults: Faults) -> None:
    readers = 1 if FAILOVER in faults else 2
    found = explore(Cell(protocol, faults, readers=readers, forget=False))

    assert not found.broken, found


@pytest.mark.soak
@pytest.mark.timeout(HALF_AN_HOUR)
@ROWS
@faults_of(SAFE)
def test_a_third_writer_and_a_third_reader_change_nothing(
    protocol: Protocol, faults: Faults
) -> None:
    readers = 1 if FAILOVER in faults else 3
    found = explore(Cell(protocol, faults, writers=3, readers=readers))

    assert not found.broken, found


@pytest.mark.soak
@pytest.mark.timeout(HALF_AN_HOUR)
@ROWS
@pytest.mark.parametrize("policy", ["refuse", "owe", "fence"])
def test_all_faults_in_one_run_break_nothing(protocol: Protocol, policy: Policy) -> None:
    cell = Cell(replace(protocol, unreachable=policy), EVERYTHING, readers=1, forgiving=True)
    found = explore(cell)

    assert not found.broken, found
