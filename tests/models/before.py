"""Databases as they were before a migration."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from alembic import command
from sqlalchemy import Engine, create_engine

from app.config import Config
from app.models import schema


@contextmanager
def a_database(config: Config, *, revision: str) -> Iterator[Engine]:
    """A database at this revision, beside the worker's own; it goes with its server."""
    with closing(psycopg2.connect(config.database_url)) as connection:
        connection.autocommit = True
        name = config.database_url.rpartition("/")[2]
        connection.cursor().execute(f"CREATE DATABASE {name}_at_{revision}")
    url = config.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    engine = create_engine(f"{url}_at_{revision}")
    with engine.begin() as before:
        command.upgrade(schema._config(before), revision)  # noqa: SLF001 (a step of its way)
    yield engine
    engine.dispose()
