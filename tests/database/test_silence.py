"""A server that stands still: its kernel acknowledges, and no answer comes."""

import io
import itertools
import os
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


def comes_back(engine: Engine) -> bool:
    """Whether it is asked again soon enough."""
    deadline = time.monotonic() + LONG_SECONDS
    while fault(partial(ask, engine)) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


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
        unhurried(session.connection())  # until it is given back: the next to take it is `asking`
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
    answers_again = comes_back(database.engine)
    with database.transaction() as session:
        session.execute(text("LOCK TABLE kept"))  # when who wrote has ended, there as well
        kept = session.execute(text("SELECT number FROM kept")).all()

    assert len(ended) == len(works)
    assert {type(work.result()) for work in works} == {psycopg2.OperationalError}
    assert (still_waits, waits.result()) == (True, 1)
    assert answers_again
    # The statement that waited went with its transaction; a COMMIT that was sent is carried out.
    assert [*kept] == [(7,)]


def test_while_it_is_silent_nobody_waits_for_it_again(server: Postgres) -> None:
    database = Database(server.url, statement_timeout=timedelta(minutes=10))
    aside = database.aside()
    for engine in (database.engine, aside):
        ask(engine)
    with aside.connect() as connection:
        resting = connection.connection.dbapi_connection
    assert isinstance(resting, pg.connection)
    with ThreadPoolExecutor() as pool, frozen(server):
        pinging = pool.submit(fault, partial(ask, database.engine))
        is_cut = bool(select.select([resting], [], [], LONG_SECONDS)[0])
        faults = [pinging.result(LONG_SECONDS)]
        faults += [fault(partial(ask, engine)) for engine in (aside, database.engine, aside)]
    answered = comes_back(database.engine) and comes_back(aside)

    assert is_cut
    assert {type(each) for each in faults} == {DatabaseSilent}
    assert answered


def test_a_server_is_silent_that_lets_a_caller_dial_in_vain() -> None:
    silence = silent()

    with pytest.raises(DatabaseSilent):
        silence.dial(refuse)
    assert issubclass(DatabaseSilent, psycopg2.OperationalError)


def test_a_server_that_refuses_is_not_silent(server: Postgres) -> None:
    silence = Silence(statement_timeout=ANSWER)
    with pytest.raises(psycopg2.OperationalError):
        silence.dial(refuse)

    silence.dial(server.connect).close()


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


def test_who_sends_all_the_time_does_not_wait(server: Postgres) -> None:
    connection = server.connect()
    wire = Wire(connection)
    with ThreadPoolExecutor() as pool, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE sent (number int)")
        sending = pool.submit(cursor.copy_expert, "COPY sent FROM STDIN", Slow(80), 20_000)
        time.sleep(1.2)
        waited = wire.waited()
        is_sending = not sending.done()
        sending.result()
    wire.close()
    connection.close()

    assert (is_sending, waited) == (True, timedelta(0))


def test_a_forked_child_ends_no_wait_of_its_parent(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.silence.MARGIN", timedelta(0))
    database = Database(server.url, statement_timeout=timedelta(seconds=1))
    with database.engine.connect() as connection, ThreadPoolExecutor() as pool:
        connection.execute(ONE)
        asked = pool.submit(connection.scalar, text("SELECT 1 FROM pg_sleep(0.6)"))
        time.sleep(0.3)
        if not (child := os.fork()):  # here it waits for ever, and no byte comes or goes
            try:
                database.engine.dispose(close=False)
                ask(database.engine)
                time.sleep(2.5)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

        assert asked.result() == 1
        assert connection.scalar(ONE) == 1


def test_a_server_keeps_its_own_time_out_first(server: Postgres) -> None:
    database = Database(server.url, statement_timeout=timedelta(seconds=1))
    with database.engine.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.execute(text("SELECT pg_sleep(60)"))

    assert "statement timeout" in str(refused.value)
    assert not refused.value.connection_invalidated


class Slow(io.StringIO):
    """A file that takes its time, 0.02 s for each part."""

    def __init__(self, parts: int) -> None:
        super().__init__("1\n" * 10_000 * parts)

    def read(self, size: int | None = -1) -> str:
        time.sleep(0.02)
        return super().read(size)


def refuse() -> NoReturn:
    raise psycopg2.OperationalError("refused")


def silent() -> Silence:
    """Somebody dialled, and heard nothing until libpq gave up."""
    moments = itertools.count(step=ANSWER.total_seconds())
    silence = Silence(statement_timeout=ANSWER, clock=lambda: next(moments))
    with pytest.raises(psycopg2.OperationalError):
        silence.dial(refuse)
    return silence
