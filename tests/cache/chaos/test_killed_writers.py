"""A writer is killed at every step: nothing stale at once, and hits again soon after."""

import time

import pytest

from app.config import Config
from lab.engines import Valkey
from tests.cache.chaos.steps import Step, write_and_die
from tests.cache.floor import Floor

COMMITTED = {Step.AFTER_COMMIT, Step.INSIDE_FINISH, Step.AFTER_FINISH}
# Reads until the dead writer is asked after and finished for: a second, many times over.
PATIENCE = 200


@pytest.mark.parametrize("step", Step)
def test_a_writer_killed(
    step: Step, floor: Floor, other: Floor, config: Config, valkey: Valkey
) -> None:
    assert [floor.outcome(), other.outcome()] == ["fill", "hit"]
    write_and_die(step, 1, config.database_url, valkey.url)

    assert floor.truth(1) == (step in COMMITTED)
    assert (floor.read(1), other.read(1)) == (floor.truth(1), floor.truth(1))
    assert "hit" in _outcomes(floor)
    assert (floor.read(1), other.read(1)) == (floor.truth(1), floor.truth(1))
    assert floor.write(1) == other.read(1) == floor.read(1)


def _outcomes(floor: Floor) -> list[str]:
    """How answers come about, until one is a hit."""
    outcomes: list[str] = []
    while "hit" not in outcomes and len(outcomes) < PATIENCE:
        outcomes.append(floor.outcome())
        time.sleep(0.05)
    return outcomes
