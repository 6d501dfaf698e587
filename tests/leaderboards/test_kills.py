"""Exactly once, wherever a drain is killed: each of these dies by kill -9 at a line of its own."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.commands.drain.lander import Lander
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.config import Config
from app.domain import leaderboards
from app.leaderboards import Leaderboards, copies, scripts
from app.parts import Parts, build_parts
from app.streams import Landing
from tests.builders import Plant
from tests.leaderboards import floor
from tests.leaderboards.floor import expected, kept, land, piece, shown, store, tell
from tests.processes.conftest import until

MILLISECOND = timedelta(milliseconds=1)
# A builder who was killed is taken for dead after this time.
SILENT = timedelta(milliseconds=100)

# What is called when it dies, the how-manieth time, and whether that call is still done.
WHILE_STORING = {
    "before it counts": (leaderboards, "count", 1, False),
    "between counting and commit": (leaderboards, "count", 1, True),
    "between commit and acknowledgement": (Landing, "done", 1, False),
    "between acknowledgement and telling": (Ranker, "go_round", 1, False),
    "before the first board is told": (scripts, "APPLY", 2, False),
    "when some boards are told": (scripts, "APPLY", 7, False),
    "when it has told one and does not know": (scripts, "APPLY", 8, True),
    "when all are told": (Ranker, "go_round", 1, True),
}
WHILE_BUILDING = {
    "in the middle of a draft": (scripts, "FILL", 5, False),
    "between draft and renaming": (scripts, "FINISH", 2, False),
    "when it has renamed one and does not know": (scripts, "FINISH", 2, True),
}


@pytest.fixture(autouse=True)
def _teams(parts: Parts, plant: Plant) -> None:
    floor.give_teams(parts)


def drain(parts: Parts) -> None:
    """Store what lies in the streams, this drain's own of before first, and tell."""
    stopping = threading.Event()
    ranker = Ranker(parts, stopping)
    for stream in parts.landing.streams:
        parts.landing.open(stream)
        lander = Lander(
            parts, stream, teller=Teller(parts, stopping), ranker=ranker, stopping=stopping
        )
        lander.move(parts.landing.mine(stream, "test", most=100))
        lander.move(parts.landing.take(stream, "test", most=100, wait=MILLISECOND))
    ranker.go_round()


def killed(config: Config, where: Any, what: str, nth: int, done: Any) -> int:  # noqa: ANN401
    """Let a drain of its own process die there; the signal that ended it."""
    child = os.fork()
    if not child:
        try:
            copies.STEP = 1
            setattr(where, what, _deadly(getattr(where, what), nth, done=done))
            parts = build_parts(config)
            drain(replace(parts, leaderboards=Leaderboards(parts.redis, silent=SILENT)))
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def _deadly(call: Callable[..., Any], nth: int, *, done: bool) -> Callable[..., Any]:
    calls = iter(range(1, nth))

    def called(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        last = next(calls, None) is None
        answer = call(*given, **named) if done or not last else None
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return called


@pytest.mark.parametrize("step", WHILE_STORING)
def test_a_drain_killed_while_it_stores_and_tells_counts_once(
    config: Config, parts: Parts, plant: Plant, step: str
) -> None:
    pieces = [piece("press", "otto", 5), piece("weld", "ada", 7), piece("weld", None, 1)]
    store(parts, plant, pieces[0])
    tell(parts)
    land(parts, plant, *pieces, source="one")
    land(parts, plant, piece("press", "vera", 0), pieces[1], source="another")

    assert killed(config, *WHILE_STORING[step]) == signal.SIGKILL
    drain(parts)

    assert parts.landing.waiting() == 0
    assert kept(parts, plant) == expected(plant, pieces)
    assert shown(parts, plant) == expected(plant, pieces)


@pytest.mark.parametrize("step", WHILE_BUILDING)
def test_a_drain_killed_while_it_builds_leaves_nothing_half_built(
    config: Config, parts: Parts, plant: Plant, step: str
) -> None:
    pieces = [piece("press", "otto", 5), piece("weld", "ada", 7), piece("weld", "vera", 1)]
    store(parts, plant, *pieces)

    assert killed(config, *WHILE_BUILDING[step]) == signal.SIGKILL
    half = shown(parts, plant)
    until(lambda: not tell(parts) and len(shown(parts, plant)) == 3)

    assert half.items() <= expected(plant, pieces).items()
    assert shown(parts, plant) == expected(plant, pieces)
    until(lambda: not list(parts.redis.scan_iter("ranking:*:draft:*")))
