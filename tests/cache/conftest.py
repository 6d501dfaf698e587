"""A cache and a table of its own for each test, on the run's real servers."""

import os
from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest

from app.config import Config
from lab.engines import Valkey
from tests.cache.floor import Floor


@pytest.fixture(scope="session")
def config(config: Config, worker: int) -> Config:
    """The run's settings, with a database in which the plant's own debts are not."""
    server = os.environ["ANDON_TEST_DATABASE"]
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE cache_{worker}")
    connection.close()
    return replace(config, database_url=f"{server}/cache_{worker}")


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
