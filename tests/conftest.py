"""Real engines for the whole run, and an empty plant for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.cache import QUERIES
from app.config import Config
from app.domain import telemetry
from app.factory import create_app
from app.models import Base
from app.models.schema import migrate
from app.parts import Parts, build_parts
from lab.engines import Postgres, Valkey
from lab.shards import Cluster
from tests.builders import Plant, a_plant

DATABASE = "ANDON_TEST_DATABASE"
CACHE = "ANDON_TEST_CACHE"
_engines = pytest.StashKey[tuple[Path, Valkey, Postgres]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines once, in the process that hands out the work under `-n`."""
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    folder = Path(tempfile.mkdtemp(prefix="andon-tests-"))
    valkey = Valkey(folder / "valkey").start()
    postgres = Postgres(folder / "postgres").start()
    config.stash[_engines] = (folder, valkey, postgres)
    # Workers inherit the environment; nothing of the application reads these.
    os.environ[CACHE] = valkey.url.rpartition("/")[0]
    os.environ[DATABASE] = postgres.url.rpartition("/")[0]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here, and leave nothing behind."""
    started = config.stash.get(_engines, None)
    if started is not None:
        folder, valkey, postgres = started
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def worker(worker_id: str) -> int:
    """This worker's number, from 0."""
    return int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0


@pytest.fixture(scope="session")
def config(worker: int) -> Config:
    """Settings with a database and a cache of this worker's own."""
    connection = psycopg2.connect(f"{os.environ[DATABASE]}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE worker_{worker}")
    connection.close()
    return Config(
        secret_key="a secret of the tests, long enough",
        database_url=f"{os.environ[DATABASE]}/worker_{worker}",
        cache_url=f"{os.environ[CACHE]}/{worker}",
        environment="development",
        instance_id="test",
    )


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
    tables = ", ".join(Base.metadata.tables)
    with built.database.transaction() as session:
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    built.redis.flushdb()
    for query in QUERIES.values():  # nobody writes through what another test asked
        query.recent.clear()
        query.asked.cache_clear()
    return built


@pytest.fixture
def app(config: Config, parts: Parts) -> Flask:
    app = create_app(config, parts)
    app.testing = False  # errors are answered, as they are for people
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def plant(parts: Parts) -> Plant:
    """A tiny plant: two lines, three stations, four sensors, people and a gateway."""
    with parts.database.transaction() as session:
        return a_plant(session)
