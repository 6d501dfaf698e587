"""Real engines for each process of a run, and an empty plant for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import delete, text

from app.cache import QUERIES
from app.config import Config
from app.domain import telemetry
from app.domain.accounts import passwords
from app.factory import create_app
from app.models import Base
from app.models.schema import migrate
from app.parts import Parts, build_parts
from lab import engines
from lab.engines import Postgres, Valkey
from lab.shards import Cluster
from tests.builders import QUICK, Plant, a_plant

# A tenth of what TRUNCATE takes, as most are empty already. A replica fires no triggers.
EMPTIED = "\n".join(
    [
        "SET LOCAL session_replication_role = replica;",
        *(f"{delete(table)};" for table in Base.metadata.sorted_tables),
        "SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences",
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of a run ports of its own.

    What is free is free for two that ask at once, and a server listens only a while later.
    """
    told = getattr(config, "workerinput", None)
    if told is not None:
        mine = int(told["workerid"].removeprefix("gw"))
        engines.PORTS = engines.PORTS[mine :: told["workercount"]]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: half of the time of tests is spent waiting."""
    if hasattr(os, "sched_getaffinity"):  # of these alone, where a container has fewer than all
        return 1 + len(os.sched_getaffinity(0))
    return 1 + (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """This process's server: what is in flight there is of its own test alone."""
    folder = Path(tempfile.mkdtemp(prefix="andon-tests-"))
    server = Postgres(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def config(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """Settings with a database and a cache of this process's own."""
    cache = Valkey(tmp_path_factory.mktemp("valkey")).start()
    yield Config(
        secret_key="a secret of the tests, long enough",
        database_url=postgres.url,
        cache_url=cache.url,
        environment="development",
        instance_id="test",
    )
    cache.stop()


@pytest.fixture(scope="session")
def built(config: Config) -> Iterator[Parts]:
    """The parts, over a database that has the schema."""
    parts = build_parts(config)
    migrate(parts.database.engine)
    now = datetime.now(UTC)
    with parts.database.transaction() as session:
        telemetry.prepare_days(session, first=now - timedelta(days=1), last=now + timedelta(days=1))
    yield parts
    parts.cache.close()
    parts.database.engine.dispose()
    parts.redis.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that this test may wipe, freeze, stop or kill."""
    server = Valkey(tmp_path / "valkey").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three primaries with a replica each."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster")).start()
    yield cluster
    cluster.stop()


@pytest.fixture
def parts(built: Parts) -> Parts:
    """The parts, over empty tables and an empty cache."""
    with built.database.transaction() as session:
        session.execute(text(EMPTIED))
    built.redis.flushdb()
    for query in QUERIES.values():  # nobody writes through what another test asked
        query.recent.clear()
        query.asked.cache_clear()
    return built


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates, compiled once for all the applications of this process."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def peoples_hasher() -> PasswordHasher:
    """What hashes people's passwords; with it a third of a run is hashing, so tests do less."""
    kept, passwords.hasher = passwords.hasher, PasswordHasher.from_parameters(QUICK)
    return kept


@pytest.fixture
def app(config: Config, parts: Parts, compiled: FileSystemBytecodeCache) -> Flask:
    app = create_app(config, parts)
    app.testing = False  # errors are answered, as they are for people
    app.jinja_env.bytecode_cache = compiled
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def plant(parts: Parts) -> Plant:
    """A tiny plant: two lines, three stations, four sensors, people and a gateway."""
    with parts.database.transaction() as session:
        return a_plant(session)
