"""The whole comparison: hits and commits on one CPU, races and fills on all."""

import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.finding import machine
from benchmarks.querycache import fills, race
from benchmarks.querycache.contenders import CACHES, ENTRANTS, FILLERS, PEERS, WRITERS
from benchmarks.querycache.processes import Contending, Urls, engines
from benchmarks.querycache.turns import Bursts, in_shuffled_turns, on_one_cpu

ROUNDS = 150
HITS = 20
COMMITS = 4
COMMIT_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything, by the contender's name."""

    machine: str
    pinned: bool
    hits: Bursts
    commits: Bursts
    races: dict[str, list[race.Verdict]]
    fills: dict[str, list[fills.Fill]]


def measure(tell: Callable[[str], None]) -> Measured:
    on = machine("redis", "sqlalchemy", *PEERS)
    with tempfile.TemporaryDirectory(prefix="andon-peers-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with on_one_cpu() as pinned, engines(folder / "one") as (urls, _):
            hits, commits = _in_turns(urls, tell)
        with engines(folder / "all") as (urls, begin_again):
            raced = race.race_all(CACHES, urls, begin_again=begin_again, tell=tell)
            filled = fills.fill_all(FILLERS, urls, begin_again=begin_again, tell=tell)
    return Measured(on, pinned, hits, commits, raced, filled)


def _in_turns(urls: Urls, tell: Callable[[str], None]) -> tuple[Bursts, Bursts]:
    chance = random.Random()  # noqa: S311 (an order of turns)
    with ExitStack() as ending:
        contending = {}
        for entrant in ENTRANTS:
            contending[entrant.name] = Contending(entrant, urls)
            ending.callback(contending[entrant.name].close)
        tell(f"hits, {len(contending)} contenders in turns")
        reading = {name: partial(each.hits, HITS) for name, each in contending.items()}
        hits = in_shuffled_turns(reading, rounds=ROUNDS, chance=chance)
        tell(f"commits, {len(WRITERS)} contenders in turns")
        writing = {each.name: partial(contending[each.name].commits, COMMITS) for each in WRITERS}
        commits = in_shuffled_turns(writing, rounds=COMMIT_ROUNDS, chance=chance)
    return hits, commits
