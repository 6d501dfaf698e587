"""The harness on real servers: it sees what is stale, what is no hit, and who ran the query."""

from collections.abc import Iterator

import pytest

from benchmarks.querycache import fills, race
from benchmarks.querycache.contenders import CORE, ENTRANTS, Entrant
from benchmarks.querycache.processes import Contending, Urls, engines
from lab.engines import EngineFailed

PLAIN = next(entrant for entrant in ENTRANTS if entrant.name == CORE)
OURS = next(entrant for entrant in ENTRANTS if entrant.name == "ours, strict")
FORGETFUL = Entrant("forgetful", "tests.benchmarks.forgetful:Forgetful")


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with engines(tmp_path_factory.mktemp("peers") / "engines") as (urls, _):
        yield urls


def test_a_cache_that_nobody_tells_is_seen_to_be_stale(urls: Urls) -> None:
    verdicts = race.run(FORGETFUL, urls, seconds=1.0, readers=1, writers=1)

    assert [verdict.longer_seconds for verdict in verdicts] == [0.0, 0.005]
    assert all(verdict.stale > 0 for verdict in verdicts)


def test_the_database_itself_is_never_stale(urls: Urls) -> None:
    verdicts = race.run(PLAIN, urls, seconds=1.0, readers=1, writers=1)

    assert [verdict.stale for verdict in verdicts] == [0, 0]
    assert all(0 < verdict.reads == verdict.ran for verdict in verdicts)


def test_a_burst_that_asked_the_database_is_refused(urls: Urls) -> None:
    contending = Contending(Entrant("no cache", PLAIN.where), urls)

    with pytest.raises(EngineFailed, match="no cache: 3 of 3 reads were no hits"):
        contending.hits(3)
    contending.close()


def test_a_warm_cache_answers_without_the_database_and_again_after_a_commit(urls: Urls) -> None:
    contending = Contending(OURS, urls)

    assert len(contending.hits(3)) == 3
    assert len(contending.commits(2)) == 2
    assert len(contending.hits(3)) == 3
    contending.close()


def test_a_contender_that_ended_is_named(urls: Urls) -> None:
    contending = Contending(Entrant("gone", "tests.benchmarks.forgetful:Missing"), urls)

    with pytest.raises(EngineFailed, match="gone ended"):
        contending.hits(1)
    contending.close()


def test_without_a_cache_all_that_miss_at_once_run_the_query(urls: Urls) -> None:
    found = fills.run(PLAIN, urls, processes=2)

    assert [fill.ran for fill in found] == [2] * 7
