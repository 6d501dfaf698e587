"""Pages of several processes, while calls are raised and resolved: none is from before."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

import urllib3

from app.domain import andon
from tests.processes.conftest import Instance
from tests.processes.streams import cookie

ROUNDS = 60


class Life(NamedTuple):
    """When a call was surely open: from its commit's end to the begin of its resolution's."""

    id: int
    open_from: float
    open_until: float
    gone_from: float


class Look(NamedTuple):
    """What a page showed, and between which moments it was asked for."""

    began: float
    ended: float
    shown: frozenset[int]
    cache: str


def raised_and_resolved(instance: Instance, reason: str) -> Life:
    place = {"line": "press", "station": "s1", "reason": reason}
    with instance.parts.database.transaction() as session:
        call = andon.raise_call(session, **place, by=None, now=datetime.now(UTC))
        session.flush()
    open_from = time.monotonic()
    time.sleep(0.03)  # long enough to be seen; whether it was is not asked
    open_until = time.monotonic()
    with instance.parts.database.transaction() as session:
        by = instance.plant.people["otto"]
        andon.resolve(session, call.id, by=by, now=datetime.now(UTC))
    return Life(call.id, open_from, open_until, time.monotonic())


def looks(instance: Instance, who: str, ended: threading.Event) -> list[Look]:
    """Ask for the board until all is over; the two processes take turns as they like."""
    seen = []
    with urllib3.PoolManager() as http:
        while not ended.is_set():
            began = time.monotonic()
            answer = http.request(
                "GET", instance.url("web", "/board.json"), headers={"Cookie": who}
            )
            assert answer.status == 200, answer.data
            shown = (call["id"] for tile in answer.json()["tiles"] for call in tile["open_calls"])
            seen.append(Look(began, time.monotonic(), frozenset(shown), answer.headers["X-Cache"]))
    return seen


def test_no_page_shows_a_call_after_it_was_resolved_or_misses_one_that_is_open(
    instance: Instance,
) -> None:
    instance.start("web")
    who, ended = cookie(instance), threading.Event()
    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(looks, instance, who, ended) for _ in range(3)]
        try:
            lives = [raised_and_resolved(instance, "quality") for _ in range(ROUNDS)]
        finally:
            ended.set()
        seen = [look for reader in readers for look in reader.result()]

    late = [
        (look, life)
        for look in seen
        for life in lives
        if life.gone_from < look.began and life.id in look.shown
    ]
    missed = [
        (look, life)
        for look in seen
        for life in lives
        if life.open_from < look.began
        and look.ended < life.open_until
        and life.id not in look.shown
    ]
    assert (late, missed) == ([], [])
    assert {"hit", "fill"} <= {look.cache for look in seen}
