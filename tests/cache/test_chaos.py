"""Under faults no answer is too old; and where answers are too old, this harness sees it."""

import random
import signal
import time

import pytest

from app.cache import layout
from app.config import Config
from lab.engines import Valkey
from tests.cache.chaos import Chaos, cache_aside, ours
from tests.cache.floor import ROWS, Floor

READS = 100_000
SECONDS = 20


@pytest.mark.timeout(150)
def test_no_answer_is_stale_whatever_breaks(floor: Floor, config: Config, valkey: Valkey) -> None:
    chance = random.Random(4)  # noqa: S311 (a test's)
    chaos = Chaos(ours, config.database_url, valkey.url)

    def lose_keys() -> None:
        with valkey.client() as client:
            for id_ in range(ROWS):
                client.delete(layout.token(f"cached_item:{id_}"))

    def wipe() -> None:
        with valkey.client() as client:
            client.flushall()

    def freeze() -> None:
        valkey.signal(signal.SIGSTOP)
        time.sleep(0.1)
        valkey.signal(signal.SIGCONT)

    def hang_up() -> None:
        with valkey.client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def nothing() -> None:
        pass

    faults = [lose_keys, wipe, freeze, hang_up, chaos.kill_a_writer, *[nothing] * 10]

    def break_something() -> None:
        chance.choice(faults)()

    verdict = chaos.run(reads=READS, seconds=SECONDS, fault=break_something)

    print(verdict)  # noqa: T201 (shown by -s and on failure)
    assert verdict.stale == 0
    assert verdict.hits > verdict.reads * 0.05  # it was the cache that answered, often enough
    assert verdict.writes > 20


@pytest.mark.timeout(150)
def test_the_harness_sees_stale_answers_where_there_are_some(
    floor: Floor, config: Config, valkey: Valkey
) -> None:
    chaos = Chaos(cache_aside, config.database_url, valkey.url)
    verdict = chaos.run(reads=READS, seconds=80, fault=lambda: None, hunting=True)

    print(verdict)  # noqa: T201 (shown by -s and on failure)
    assert verdict.stale > 0
