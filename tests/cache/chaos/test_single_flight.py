"""Sixty-four miss at once: one runs the query, and if it dies, one more."""

import os
import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.config import Config
from lab.engines import Valkey
from tests.cache.chaos.crowd import (
    LAID_OUT,
    PROCESSES,
    TAKEN_AWAY,
    THREADS,
    Crowd,
    holder,
    runs,
)
from tests.cache.floor import Floor


@pytest.fixture
def slow(floor: Floor) -> Iterator[Floor]:
    """A floor with a query that takes long, and counts."""
    with floor.plain.begin() as connection:
        connection.execute(text(LAID_OUT))
    yield floor
    with floor.plain.begin() as connection:
        connection.execute(text(TAKEN_AWAY))


def test_of_sixty_four_who_miss_at_once_one_runs_the_query(
    slow: Floor, config: Config, valkey: Valkey
) -> None:
    crowd = Crowd(config.database_url, valkey.url)
    outcomes = crowd.outcomes()

    assert runs(slow) == 1
    assert outcomes["fill"] == 1
    assert outcomes["wait"] + outcomes["hit"] == PROCESSES * THREADS - 1


def test_when_the_holder_is_killed_one_more_runs_the_query_within_the_bound(
    slow: Floor, config: Config, valkey: Valkey
) -> None:
    """Who waits past the bound stops waiting and runs the query: that would be a third run."""
    crowd = Crowd(config.database_url, valkey.url)
    crowd.await_past_the_barrier()
    os.kill(holder(slow), signal.SIGKILL)
    outcomes = crowd.outcomes()

    assert runs(slow) == 2
    assert outcomes["fill"] == 1
    assert outcomes["wait"] + outcomes["hit"] == (PROCESSES - 1) * THREADS - 1
