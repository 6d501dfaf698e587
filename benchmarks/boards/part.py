"""Part: a leaderboard of a million, in turns with bare commands and with leaderboard-python."""

import random
import statistics
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis import Redis

from app.parts import Parts
from benchmarks.boards.million import (
    MEGABYTES,
    MEMBERS,
    RANKING,
    REBUILDS,
    compare_building,
    connected,
    lay_out,
)
from benchmarks.boards.peer import Peer
from benchmarks.boards.steps import BESIDE, CHANGED, MEANS, PAGE, TOP, Steps, burst
from benchmarks.finding import Finding, Part, clocked, counted, machine, ratio
from benchmarks.querycache.turns import Bursts, cost, in_shuffled_turns, on_one_cpu
from benchmarks.report import compared_table, table
from benchmarks.rounds import Compared, in_turns, percentile, rate
from benchmarks.sessions.measure import COUNTED, reads
from lab.engines import Postgres, Valkey

ROUNDS, TIMES = 60, 20
OURS, BARE, PEER = "ours", "bare", "leaderboard"
HEAD = (
    *("", "ours", "bare", "leaderboard-python", "bare = 1", "10 % … 90 %"),
    *("leaderboard-python = 1", "10 % … 90 %"),
)
_MEANS = (
    f"{MEMBERS:,} members with names of seven digits; a member takes **{{taken:.0f}} bytes** of "
    f"the cache. {ROUNDS} rounds, each of which asks all three, in an order of its own, for a "
    f"burst of {TIMES}; medians, and the middle 80 % of the rounds' ratios. Client and Valkey "
    "share one CPU, as above for the query cache. A trip is a read from a socket, as Valkey counts "
    "them. **leaderboard-python** 3.7.3 (2019) breaks with every redis-py from 3 on; it runs in a "
    "process of its own with redis-py 2.10.6, as `CompetitionRankingLeaderboard`, which ranks ties "
    "as ours does, on the same sorted set. Twenty of its answers are compared with ours before "
    "anything is timed. Ours checks in the same step that the copy is whole and which version it "
    "is, which neither other can say. Where a trip goes to another machine, two of them cost more "
    "than all of this."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """By the step's name: the bursts of all three, and their round trips."""

    taken: float
    building: Compared
    falling_back: Compared
    bursts: dict[str, Bursts]
    trips: dict[str, dict[str, float]]


def measure(tell: Callable[[str], None], *, members: int = MEMBERS) -> Finding:
    """With engines of its own."""
    on = machine("redis")
    with tempfile.TemporaryDirectory(prefix="andon-boards-") as name:
        valkey = Valkey(Path(name) / "valkey", maxmemory=MEGABYTES)
        postgres = Postgres(Path(name) / "postgres")
        with connected(valkey, postgres) as parts:
            tell(f"{members:,} members into PostgreSQL")
            lay_out(parts, members)
            tell(f"built anew, {REBUILDS} times")
            building = compare_building(parts, members)
            taken = parts.redis.memory_usage(RANKING.members, samples=5_000) or 0
        # The same engines, started anew on one CPU.
        with on_one_cpu(), connected(valkey, postgres) as parts:
            measured = _in_turns(parts, valkey, members, tell)
    return found(on, Measured(taken / members, building, *measured), members)


def _in_turns(
    parts: Parts, valkey: Valkey, members: int, tell: Callable[[str], None]
) -> tuple[Compared, dict[str, Bursts], dict[str, dict[str, float]]]:
    steps, chance = Steps(parts, members), random.Random()  # noqa: S311 (an order of turns)
    # A copy of a million takes longer than the application's clients wait.
    with Redis(port=valkey.port, password=valkey.password) as patient:
        for copy in (BARE, "peer"):
            patient.copy(RANKING.members, copy, replace=True)
    terms = {"port": valkey.port, "password": valkey.password, "board": RANKING.members}
    terms |= {"members": members, "page": PAGE, "beside": BESIDE, "top": TOP, "changed": CHANGED}
    bursts, trips = {}, {}
    with ExitStack() as ending:
        peer = ending.enter_context(closing(Peer(terms)))
        client = ending.enter_context(valkey.client())
        steps.agree(peer)
        for name in MEANS:
            tell(f"{name}, in turns with the peer")
            ways: Mapping[str, Callable[[int], list[float]]] = {
                OURS: partial(burst, steps.ours()[name]),
                BARE: partial(burst, steps.bare()[name]),
                PEER: partial(peer.burst, name),
            }
            turns = {each: partial(way, TIMES) for each, way in ways.items()}
            bursts[name] = in_shuffled_turns(turns, rounds=ROUNDS, chance=chance)
            trips[name] = {each: _trips(way, client) for each, way in ways.items()}
        tell("by the database")
        back = in_turns(
            lambda: rate(steps.by_database, times=5), lambda: rate(steps.around, times=200)
        )
    means = "around a member from PostgreSQL, while there is no copy; against the same from it."
    return Compared("by the database", "looks/s", means, *back, "the copy"), bursts, trips


def _trips(way: Callable[[int], list[float]], client: Redis) -> float:
    before = reads(client)
    asked = len(way(COUNTED))
    # Ours warms up with one call more; the later question was itself read.
    return round((reads(client) - before - 1) / asked, 1)


def found(on: str, measured: Measured, members: int) -> Finding:
    others = [measured.building, measured.falling_back]
    means = "\n".join(
        [
            *(f"- **{name}**: {text}" for name, text in MEANS.items()),
            *(f"- **{each.name}**: {each.means}" for each in others),
        ]
    )
    seconds = statistics.median(members / each for each in measured.building.ours)
    return Finding(
        on,
        f"{table(HEAD, [_row(measured, name) for name in MEANS])}\n\n{compared_table(others)}",
        f"{_MEANS.format(taken=measured.taken)}\n\n{means}",
        [
            clocked("a member takes", measured.taken, "bytes"),
            clocked("a million built anew", seconds, "s"),
            *(counted(f"{name}, trips", measured.trips[name][OURS], "trips") for name in MEANS),
            *(
                ratio(f"{name} : {other}", cost(bursts, OURS, measure=other).ratios)
                for name, bursts in measured.bursts.items()
                for other in (BARE, PEER)
            ),
            *(ratio(f"{each.name} : {each.beside}", each.costs) for each in others),
        ],
        {"trips": measured.trips},
    )


def _row(measured: Measured, name: str) -> list[str]:
    bursts, trips = measured.bursts[name], measured.trips[name]
    cells = [
        f"{cost(bursts, each, measure=BARE).median_us:,.0f} µs, {_plural(trips[each])}"
        for each in (OURS, BARE, PEER)
    ]
    for other in (BARE, PEER):
        ratios = cost(bursts, OURS, measure=other).ratios
        cells.append(f"{statistics.median(ratios):.2f}")
        cells.append(f"{percentile(ratios, 10):.2f} … {percentile(ratios, 90):.2f}")
    return [name, *cells]


def _plural(trips: float) -> str:
    return f"{trips:g} trip{'s' * (trips != 1)}"


PART = Part("leaderboards", "## Leaderboards of a million", measure)
