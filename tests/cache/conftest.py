"""A cache and a table of its own for each test, on the run's real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import Config
from lab.engines import Valkey
from tests.cache.floor import Floor


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that this test may wipe, freeze, stop or kill."""
    server = Valkey(tmp_path / "valkey").start()
    yield server
    server.stop()


@pytest.fixture
def floor(config: Config, valkey: Valkey) -> Iterator[Floor]:
    """A process's view, over a table of eight rows; its epoch is open."""
    floor = Floor(config.database_url, valkey.url)
    floor.lay_out()
    floor.warm()
    yield floor
    floor.close()


@pytest.fixture
def other(config: Config, valkey: Valkey, floor: Floor) -> Iterator[Floor]:
    """Another process's view of the same."""
    other = Floor(config.database_url, valkey.url)
    yield other
    other.hang_up()
