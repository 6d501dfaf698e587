"""A pool and a table of its own for each test, on real servers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.config import Config
from lab.engines import Postgres
from tests.cache.memcached.pool import MemcachedFloor, Pool, need_memcached


@pytest.fixture(scope="session")
def config(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A PostgreSQL of their own: a cold tag waits for every transaction that is in flight there."""
    server = Postgres(tmp_path_factory.mktemp("postgres")).start()
    yield replace(config, database_url=server.url)
    server.stop()


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """Three nodes."""
    need_memcached()
    pool = Pool(tmp_path)
    pool.start(3)
    yield pool
    pool.stop()


@pytest.fixture
def floor(config: Config, pool: Pool) -> Iterator[MemcachedFloor]:
    """A process's view, over a table of eight rows."""
    floor = MemcachedFloor(config.database_url, pool.url())
    floor.lay_out()
    yield floor
    floor.close()


@pytest.fixture
def other(config: Config, pool: Pool, floor: MemcachedFloor) -> Iterator[MemcachedFloor]:
    """Another process's view of the same."""
    other = MemcachedFloor(config.database_url, pool.url())
    yield other
    other.hang_up()
