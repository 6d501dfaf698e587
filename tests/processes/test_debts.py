"""What other programs wrote, and what was written without the cache, is paid by the drain."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial

import psycopg2
import pytest
from sqlalchemy import bindparam, select, update

from app.cache import Policy, Query
from app.commands.drain import payer
from app.models import Line
from app.parts import Parts
from tests.processes.conftest import Instance, until

NAMES = Query(
    select(Line.name).where(Line.id == bindparam("id")),
    name="names of the test",
    policy=Policy(fresh_for=timedelta(hours=1)),
)


RENAME = "UPDATE line SET name = %s WHERE id = %s"
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN cache_debt'"


def is_called(parts: Parts, line_id: int, name: str) -> bool:
    with parts.database.transaction() as session:
        (line,) = parts.cache.rows(session, NAMES, id=line_id)
    return bool(line.name == name)


def is_kept(parts: Parts, line_id: int) -> bool:
    with parts.cache.noting() as noted:
        is_called(parts, line_id, "")
    return noted.outcomes == ["hit"]


def by_console(instance: Instance, statement: str, *values: object) -> None:
    """What a person types into psql."""
    with closing(psycopg2.connect(instance.postgres.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


@contextmanager
def paying(instance: Instance) -> Iterator[None]:
    """A payer at work in this process."""
    stopping = threading.Event()
    worker = threading.Thread(target=payer.Payer(instance.parts, stopping).run, daemon=True)
    worker.start()
    try:
        yield
    finally:
        stopping.set()
        by_console(instance, "NOTIFY cache_debt")
        worker.join(5)


def listens(instance: Instance) -> bool:
    with instance.parts.database.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN cache_debt'"
        )
        return bool(found.scalar_one())


def test_another_programs_write_is_seen_as_soon_as_word_of_it_comes(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payer, "LOOK_EVERY_SECONDS", 3600.0)
    parts, press = instance.parts, instance.plant.lines["press"]
    with paying(instance):
        until(lambda: listens(instance))
        for number in range(10):
            until(lambda: is_kept(parts, press))
            by_console(instance, RENAME, f"Press {number}", press)
            until(partial(is_called, parts, press, f"Press {number}"))


def test_a_payer_that_was_cut_off_pays_what_it_did_not_hear_of(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payer, "LOOK_EVERY_SECONDS", 3600.0)
    parts, press = instance.parts, instance.plant.lines["press"]
    with paying(instance):
        until(lambda: listens(instance))
        until(lambda: is_kept(parts, press))
        by_console(instance, CUT_OFF)
        by_console(instance, RENAME, "Unheard", press)
        until(partial(is_called, parts, press, "Unheard"))


def test_what_was_written_while_the_cache_was_away_is_paid_by_the_drain(
    instance: Instance,
) -> None:
    parts, press = instance.parts, instance.plant.lines["press"]
    until(lambda: is_kept(parts, press))
    instance.valkey.stop()
    with parts.database.transaction() as session:
        session.execute(update(Line).where(Line.id == press).values(name="Owed"))
    instance.valkey.start()
    instance.start("drain")

    until(partial(is_called, parts, press, "Owed"))
    until(lambda: "cache.paid" in instance.log("drain"))
