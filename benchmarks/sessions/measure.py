"""The whole comparison: the time of each kind of request, and its round trips."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis import Redis

from benchmarks.finding import machine
from benchmarks.querycache.turns import Bursts, in_shuffled_turns, on_one_cpu
from benchmarks.sessions.application import BLIND, READ, UNTOUCHED, WRITE
from benchmarks.sessions.contenders import ENTRANTS
from benchmarks.sessions.visitor import Visitor
from lab.engines import Valkey

# Each kind is asked for in every pass: the speed of a machine is not the same for minutes.
PASSES = 10
ROUNDS = 20
REQUESTS = 20
# Enough that a round trip made now and then shows as a fraction.
COUNTED = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request, by its name on the page."""

    name: str
    path: str
    with_cookie: bool = True


NO_COOKIE = Kind("no cookie", UNTOUCHED, with_cookie=False)
KINDS = [
    NO_COOKIE,
    Kind("untouched", UNTOUCHED),
    Kind("read", READ),
    Kind("write", WRITE),
    Kind("write unread", BLIND),
]


@dataclass(frozen=True, slots=True)
class Measured:
    """By the kind's name, then the contender's: the bursts, and the round trips of one request."""

    machine: str
    pinned: bool
    bursts: dict[str, Bursts]
    trips: dict[str, dict[str, float]]


def measure(tell: Callable[[str], None], *, passes: int = PASSES) -> Measured:
    """With a Valkey of its own."""
    on = machine("flask", "flask-session", "redis")
    with tempfile.TemporaryDirectory(prefix="andon-sessions-") as name, on_one_cpu() as pinned:
        valkey = Valkey(Path(name) / "valkey")
        try:
            valkey.start()
            with valkey.client() as client:
                server = client.info("server").get("valkey_version", "?")
                bursts, trips = _in_turns(valkey.url, client, passes=passes, tell=tell)
        finally:
            valkey.stop()
    return Measured(f"{on}, Valkey {server}", pinned, bursts, trips)


def _in_turns(
    url: str, client: Redis, *, passes: int, tell: Callable[[str], None]
) -> tuple[dict[str, Bursts], dict[str, dict[str, float]]]:
    chance = random.Random()  # noqa: S311 (an order of turns)
    visitors = {entrant.name: entrant.make(url) for entrant in ENTRANTS}
    bursts: dict[str, Bursts] = {kind.name: {name: [] for name in visitors} for kind in KINDS}
    for number in range(passes):
        tell(f"sessions: {len(visitors)} contenders in turns, {number + 1} of {passes}")
        for kind in KINDS:
            asking = {name: partial(burst, each, kind) for name, each in visitors.items()}
            found = in_shuffled_turns(asking, rounds=ROUNDS, chance=chance)
            for name in visitors:
                bursts[kind.name][name] += found[name]
    trips = {
        kind.name: {name: round_trips(each, kind, client) for name, each in visitors.items()}
        for kind in KINDS
    }
    return bursts, trips


def burst(visitor: Visitor, kind: Kind, times: int = REQUESTS) -> list[float]:
    """Another was here before: the first request fetches the memory, and is not counted."""
    return visitor.burst(kind.path, times + 1, with_cookie=kind.with_cookie)[1:]


def round_trips(visitor: Visitor, kind: Kind, client: Redis) -> float:
    """How often the server read from a socket, a request; nobody else may be asking it."""
    before = reads(client)
    visitor.burst(kind.path, COUNTED, with_cookie=kind.with_cookie)
    # The later question was itself read.
    return (reads(client) - before - 1) / COUNTED


def reads(client: Redis) -> int:
    return int(client.info("stats")["total_reads_processed"])
