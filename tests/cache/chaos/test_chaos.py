"""Under faults no answer is too old: 100,000 reads here, a million in `make soak`."""

from pathlib import Path

import pytest

from app.config import Config
from tests.cache.chaos.cluster import Cluster
from tests.cache.chaos.commits import slow_commits
from tests.cache.chaos.drill import Drill
from tests.cache.chaos.faults import Faults
from tests.cache.chaos.strict import Strict, Tracked, Validated
from tests.cache.floor import Floor

# Reads, and the seconds after which too few of them are a failure.
SHORT = pytest.param(100_000, 240, marks=pytest.mark.timeout(300))
SOAK = pytest.param(1_000_000, 3600, marks=[pytest.mark.soak, pytest.mark.timeout(4000)])

# One of each instance's readers keeps answers in its process.
KINDS = (Strict, Validated, Tracked, Strict)


@pytest.mark.parametrize(("reads", "seconds"), [SHORT, SOAK])
def test_no_answer_is_stale_whatever_breaks(
    floor: Floor, config: Config, tmp_path: Path, reads: int, seconds: float
) -> None:
    with slow_commits(floor.plain), Cluster(tmp_path) as cluster:
        drill = Drill(KINDS, config.database_url, cluster.urls)
        faults = Faults(drill, cluster, seed=4)
        writes = reads // 500 + 1

        def enough() -> bool:
            """Reading is the quickest: by then there may be few writes, and not yet each fault."""
            return drill.ledger.total("writes") >= writes and faults.all_dealt

        verdict = drill.run(reads=reads, seconds=seconds, fault=faults.deal, enough=enough)

    print(verdict, dict(faults.dealt), faults.evicted)  # noqa: T201 (shown by -s and on failure)
    assert verdict.stale == 0
    assert verdict.reads >= reads
    assert min(verdict.shares) > reads / 20
    assert verdict.hits > verdict.reads * 0.2  # it was the cache that answered, often enough
    assert verdict.writes >= writes
    assert faults.all_dealt
