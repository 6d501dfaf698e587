"""A server that stands still: its kernel acknowledges, and no answer comes."""

import io
import select
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from functools import partial
from typing import NoReturn

import psycopg2
import psycopg2.extensions as pg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.database import Database, DatabaseSilent, unhurried
from app.database.silence import ANSWER, LOOK_EVERY, Silence, Wire
from lab import processes
from lab.engines import Postgres

# Far more than any bound here: who has not ended by then would never.
LONG_SECONDS = 20.0
ONE = text("SELECT 1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server that may be frozen."""
    server = Postgres(tmp_path_factory.mktemp("postgres")).start()
    yield server
    server.stop()


def frozen(server: Postgres) -> AbstractContextManager[None]:
    return processes.frozen(server.folder / "pid")


def ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(ONE)


def fault(work: Callable[[], object]) -> object:
    """What the driver says went wrong, if anything did."""
    try:
        work()
    except DBAPIError as error:
        return error.orig
    except psycopg2.Error as error:
        return error
    return None


def copy(connection: Connection) -> None:
    lines = io.StringIO("1\n" * 5_000_000)  # more than the kernel takes for nobody
    with closing(connection.connection.cursor()) as cursor:
        cursor.copy_expert("COPY kept FROM STDIN", lines)


def fetch(connection: Connection) -> Callable[[], object]:
    rows = connection.execution_options(yield_per=10).execute(
        text("SELECT * FROM generate_series(1, 1000)")
    )
    rows.fetchmany(10)
    return rows.all


def test_whatever_waits_for_a_frozen_server_is_let_go_but_who_asked_for_time(
    server: Postgres,
) -> None:
    database = Database(server.url, statement_timeout=timedelta(seconds=1))
    with database.transaction() as session:
        session.execute(text("CREATE TABLE kept (number int)"))
    connections = [database.engine.connect() for _ in range(5)]
    asking, committing, copying, fetching, patient = connections
    for connection in (asking, committing):
        connection.execute(text("INSERT INTO kept VALUES (7)"))
    fetched = fetch(fetching)
    unhurried(patient)
    with ThreadPoolExecutor() as pool, frozen(server):
        works: list[Future[object]] = [
            pool.submit(fault, work)
            for work in (
                lambda: asking.execute(ONE),
                committing.commit,
                lambda: copy(copying),
                fetched,
            )
        ]
        waits = pool.submit(patient.scalar, ONE)
        ended = wait(works, LONG_SECONDS).done
        time.sleep(2 * LOOK_EVERY.total_seconds())
        still_waits = not waits.done()
    for connection in connections:
        connection.close()
    with database.transaction() as session:
        session.execute(text("LOCK TABLE kept"))  # when who wrote has ended, there as well
        kept = session.execute(text("SELECT number FROM kept")).all()

    assert len(ended) == len(works)
    assert {type(work.result()) for work in works} == {psycopg2.OperationalError}
    assert (still_waits, waits.result()) == (True, 1)
    # The statement that waited went with its transaction; a COMMIT that was sent is carried out.
    assert [*kept] == [(7,)]


def test_while_it_is_silent_one_caller_tries_and_all_others_are_refused(server: Postgres) -> None:
    database = Database(server.url, statement_timeout=timedelta(minutes=10))
    aside = database.aside()
    for engine in (database.engine, aside):
        ask(engine)
    with aside.connect() as connection:
        resting = connection.connection.dbapi_connection
    assert isinstance(resting, pg.connection)
    with ThreadPoolExecutor() as pool, frozen(server):
        tries = [pool.submit(fault, partial(ask, database.engine))]
        is_cut = bool(select.select([resting], [], [], LONG_SECONDS)[0])
        tries += [
            pool.submit(fault, partial(ask, engine)) for engine in (database.engine, aside, aside)
        ]
        faults = [each.result(LONG_SECONDS) for each in tries]

    assert is_cut
    assert None not in faults
    assert [type(each) for each in faults].count(DatabaseSilent) == len(tries) - 1
    for engine in (database.engine, aside):
        ask(engine)


def test_while_somebody_tries_a_silent_server_others_are_told_what_passes() -> None:
    silence = silent()

    with silence.dialling(), pytest.raises(psycopg2.OperationalError), silence.dialling():
        pass


def test_who_connects_ends_the_silence() -> None:
    silence = silent()
    with silence.dialling():
        pass

    with silence.dialling(), silence.dialling():
        pass


def test_a_server_that_refuses_is_not_silent() -> None:
    silence = Silence(statement_timeout=ANSWER)
    with pytest.raises(psycopg2.OperationalError), silence.dialling():
        refuse()

    with silence.dialling(), silence.dialling():
        pass


def test_what_this_process_slept_through_is_no_silence(server: Postgres) -> None:
    connection = server.connect()
    wire = Wire(connection)
    with ThreadPoolExecutor() as pool, connection.cursor() as cursor:
        asked = pool.submit(cursor.execute, "SELECT pg_sleep(1)")
        time.sleep(0.9)
        waited = wire.waited()
        asked.result()
    wire.close()
    connection.close()

    assert waited == LOOK_EVERY


def test_a_server_keeps_its_own_time_out_first(server: Postgres) -> None:
    database = Database(server.url, statement_timeout=timedelta(seconds=1))
    with database.engine.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.execute(text("SELECT pg_sleep(60)"))

    assert "statement timeout" in str(refused.value)
    assert not refused.value.connection_invalidated


def refuse() -> NoReturn:
    raise psycopg2.OperationalError("refused")


def silent() -> Silence:
    """Somebody dialled, and heard nothing until libpq gave up."""
    moments = iter((0.0, ANSWER.total_seconds(), 10.0, 10.1, 10.2, 10.3))
    silence = Silence(statement_timeout=ANSWER, clock=lambda: next(moments))
    with pytest.raises(psycopg2.OperationalError), silence.dialling():
        refuse()
    return silence
