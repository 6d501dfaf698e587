"""A harness that finds nothing where answers are known to go stale is broken."""

import pytest

from app.config import Config
from lab.engines import Valkey
from tests.cache.chaos.drill import Drill
from tests.cache.chaos.peers import CacheAside, Memoized, Peer, Region
from tests.cache.floor import Floor


@pytest.mark.parametrize("peer", [CacheAside, Memoized, Region])
def test_the_harness_finds_the_stale_answers_of(
    peer: type[Peer], floor: Floor, config: Config, valkey: Valkey
) -> None:
    drill = Drill(peer, config.database_url, (valkey.url, valkey.url))
    verdict = drill.run(reads=100_000, seconds=60, fault=lambda: None, hunting=True)

    print(verdict)  # noqa: T201 (shown by -s and on failure)
    assert verdict.s1 > 0
