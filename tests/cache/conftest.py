"""A cache and a table of its own for each test, on the run's real servers."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from app.config import Config
from lab.engines import Postgres, Valkey
from tests.cache.floor import Floor


@pytest.fixture(scope="session")
def config(config: Config, postgres: Postgres) -> Config:
    """The run's settings, with a database in which the plant's own debts are not."""
    with closing(postgres.connect()) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE cache")
    return replace(config, database_url=postgres.url.removesuffix("postgres") + "cache")


@pytest.fixture
def cache_url(valkey: Valkey) -> str:
    """Where the cache is; a backend's own tests put another here."""
    return valkey.url


@pytest.fixture
def floor(config: Config, cache_url: str) -> Iterator[Floor]:
    """A process's view, over a table of eight rows; its epoch is open."""
    floor = Floor(config.database_url, cache_url)
    floor.lay_out()
    floor.warm()
    yield floor
    floor.close()


@pytest.fixture
def other(config: Config, cache_url: str, floor: Floor) -> Iterator[Floor]:
    """Another process's view of the same."""
    other = Floor(config.database_url, cache_url)
    yield other
    other.hang_up()
