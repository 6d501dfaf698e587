"""The tables that pages cache, and what other programs' writes to them leave behind."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import psycopg2.extensions as pg
import pytest
from flask import Flask
from sqlalchemy import Table
from sqlalchemy.sql import visitors

from app.cache import QUERIES
from app.cache.analysis import tags
from app.config import Config
from app.models import Base
from app.parts import Parts
from tests.builders import Plant

TRIGGERED = {
    *("plant", "line", "station", "sensor", "shift", "shift_break"),
    *("planned_stop", "stop_reason", "said_reason"),
    *("call", "call_type", "operator", "sensor_alert", "sign_in", "trial_row"),
}


@pytest.fixture
def console(config: Config, parts: Parts, plant: Plant) -> Iterator[pg.connection]:
    """Another program's connection, beside a plant that nobody owes anything."""
    with closing(psycopg2.connect(config.database_url)) as connection:
        connection.autocommit = True
        yield connection


def test_what_is_kept_depends_on_tables_that_tell_of_every_write(app: Flask) -> None:
    read = {
        element.name
        for query in QUERIES.values()
        for element in visitors.iterate(query.statement)
        if isinstance(element, Table)
    }

    ours = read & set(Base.metadata.tables)
    assert ours
    assert ours <= TRIGGERED


def owed(parts: Parts) -> list[str]:
    with parts.database.engine.connect() as connection:
        return sorted(connection.exec_driver_sql("SELECT tag FROM cache_debt").scalars())


@pytest.mark.parametrize("table", sorted(TRIGGERED))
def test_another_programs_write_owes_the_tables_tags(
    parts: Parts, console: pg.connection, table: str
) -> None:
    with console.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = -1")  # noqa: S608 (the names above)

    assert owed(parts) == sorted(tags.wide(Base.metadata.tables[table]))


def test_laying_out_a_plant_ourselves_owes_nothing(parts: Parts, plant: Plant) -> None:
    assert owed(parts) == []
