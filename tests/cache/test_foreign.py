"""What other programs write: noted by triggers, heard of, and paid."""

import io
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import psycopg2.errors
import psycopg2.extensions as pg
import pytest
from sqlalchemy import create_engine, text

from app.cache import bracketed, foreign
from app.config import Config
from tests.cache.floor import Floor, debts

WIDE = ["cached_item", "cached_item:*"]


@pytest.fixture
def owing(floor: Floor) -> Iterator[Floor]:
    """The floor, with the triggers on its table."""
    statements = [
        "DROP TABLE cache_debt",
        *foreign.table_statements(),
        *foreign.trigger_statements("cached_item"),
    ]
    with floor.plain.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    yield floor
    with floor.plain.begin() as connection:
        connection.execute(text("DROP FUNCTION cache_owe CASCADE"))


@pytest.fixture
def console(owing: Floor) -> Iterator[pg.connection]:
    """Another program's connection: each statement commits."""
    with closing(owing.raw_connection()) as connection:
        connection.autocommit = True
        yield connection


def run(connection: pg.connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cached_item SET n = 7",
        "UPDATE cached_item SET n = 7 WHERE id = 1",
        "INSERT INTO cached_item VALUES (99, 0, 0, 'x')",
        "INSERT INTO cached_item VALUES (1, 0, 0, 'x') ON CONFLICT (id) DO UPDATE SET n = 7",
        "DELETE FROM cached_item WHERE id = 1",
        "TRUNCATE cached_item",
        "WITH gone AS (DELETE FROM cached_item RETURNING id) SELECT count(*) FROM gone",
        "MERGE INTO cached_item USING (SELECT 1) ON id = 1 WHEN MATCHED THEN DELETE",
        "SET session_replication_role = replica; UPDATE cached_item SET n = 7",
    ],
)
def test_a_foreign_write_owes_what_readers_of_the_table_depend_on(
    owing: Floor, console: pg.connection, statement: str
) -> None:
    run(console, statement)

    assert sorted(debts(owing)) == WIDE


def test_once_paid_readers_see_what_another_program_wrote(
    owing: Floor, console: pg.connection
) -> None:
    owing.read(1)
    run(console, "UPDATE cached_item SET n = 7 WHERE id = 1")
    before = owing.read(1)
    paid = owing.cache.pay()

    assert (before, paid, owing.read(1), debts(owing)) == (0, 2, 7, [])


def test_what_was_rolled_back_is_not_owed(owing: Floor) -> None:
    with closing(owing.raw_connection()) as raw:
        run(raw, "SAVEPOINT a", "UPDATE cached_item SET n = 7", "ROLLBACK TO a")
        raw.commit()
        rolled_back = debts(owing)
        run(raw, "SAVEPOINT b", "UPDATE cached_item SET n = 7", "RELEASE b")
        raw.commit()

    assert (rolled_back, sorted(debts(owing))) == ([], WIDE)


def test_our_own_commits_owe_nothing(owing: Floor, config: Config) -> None:
    url = config.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    arguments = bracketed(owing.store) | {"options": foreign.HANDLED}
    handled = create_engine(url, connect_args=arguments)
    with handled.begin() as connection:
        connection.execute(text("UPDATE cached_item SET n = 7"))
    handled.dispose()

    assert debts(owing) == []


def test_a_transaction_owes_once_however_many_statements_it_has(owing: Floor) -> None:
    with closing(owing.raw_connection()) as raw:
        run(raw, *["UPDATE cached_item SET n = n + 1 WHERE id = 1"] * 30)
        raw.commit()

    assert sorted(debts(owing)) == WIDE


def test_a_debt_that_is_paid_before_our_commit_does_not_stand_for_ours(
    owing: Floor, console: pg.connection
) -> None:
    """One program commits · another writes · the first one's debt is paid · the other commits."""
    run(console, "UPDATE cached_item SET n = 6 WHERE id = 2")
    with closing(owing.raw_connection()) as raw:
        run(raw, "UPDATE cached_item SET n = 7 WHERE id = 1")
        owing.cache.pay()
        owing.read(1)
        raw.commit()
    owing.cache.pay()

    assert owing.read(1) == 7


def test_while_nobody_pays_debts_do_not_pile_up(owing: Floor, console: pg.connection) -> None:
    run(console, *["UPDATE cached_item SET n = n + 1 WHERE id = 1"] * (foreign.MOST_DEBTS + 50))

    assert len(debts(owing)) == 2 * foreign.MOST_DEBTS


def test_the_last_debt_that_stands_for_ours_is_not_paid_before_we_commit(
    owing: Floor, console: pg.connection
) -> None:
    run(console, *["UPDATE cached_item SET n = n + 1 WHERE id = 1"] * foreign.MOST_DEBTS)
    with closing(owing.raw_connection()) as raw:
        run(raw, "UPDATE cached_item SET n = 7 WHERE id = 1")
        run(console, "SET lock_timeout = '100ms'")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            run(console, "DELETE FROM cache_debt")
        raw.commit()
    owing.cache.pay()

    assert (owing.read(1), debts(owing)) == (7, [])


@pytest.mark.parametrize("unpaid", [0, foreign.MOST_DEBTS])
def test_two_programs_do_not_wait_for_each_other(
    owing: Floor, console: pg.connection, unpaid: int
) -> None:
    run(console, *["UPDATE cached_item SET n = n + 1 WHERE id = 1"] * unpaid)
    run(console, "SET lock_timeout = '100ms'")
    with closing(owing.raw_connection()) as raw:
        run(raw, "UPDATE cached_item SET n = 7 WHERE id = 1")
        run(console, "UPDATE cached_item SET n = 7 WHERE id = 2")
        raw.commit()

    assert set(debts(owing)) == set(WIDE)


def test_who_may_write_the_table_need_not_know_of_debts(
    owing: Floor, console: pg.connection
) -> None:
    run(console, "CREATE ROLE loader", "GRANT UPDATE ON cached_item TO loader")
    run(console, "SET ROLE loader", "UPDATE cached_item SET n = 7", "RESET ROLE")
    run(console, "DROP OWNED BY loader", "DROP ROLE loader")

    assert sorted(debts(owing)) == WIDE


def test_a_copy_owes_too(owing: Floor, console: pg.connection) -> None:
    with console.cursor() as cursor:
        cursor.copy_expert("COPY cached_item FROM STDIN", io.StringIO("99\t0\t0\tx\n"))

    assert sorted(debts(owing)) == WIDE


@pytest.mark.parametrize("written", ["parted", "parted_low"])
def test_a_partition_owes_what_its_parent_does(
    owing: Floor, console: pg.connection, written: str
) -> None:
    run(
        console,
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100)",
        *foreign.trigger_statements("parted"),
        *foreign.trigger_statements("parted_low", partition_of="parted"),
        f"INSERT INTO {written} VALUES (1)",  # noqa: S608 (a parameter of the test)
        "DROP TABLE parted",
    )

    assert sorted(debts(owing)) == ["parted", "parted:*"]


def test_word_of_a_debt_comes_with_the_commit(owing: Floor) -> None:
    with foreign.listening(owing.engine) as ear, closing(owing.raw_connection()) as raw:
        run(raw, "UPDATE cached_item SET n = 7")
        before = ear.wait(0.05)
        raw.commit()
        heard = [ear.wait(5), ear.wait(0.05)]

    assert (before, heard) == (False, [True, False])


def test_a_listener_that_is_cut_off_says_so(owing: Floor, console: pg.connection) -> None:
    with foreign.listening(owing.engine) as ear:
        run(
            console,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query = 'LISTEN cache_debt'",
        )
        # The farewell comes first, and then the end.
        with pytest.raises(foreign.PASSING):
            assert [ear.wait(5), ear.wait(5)] == []
