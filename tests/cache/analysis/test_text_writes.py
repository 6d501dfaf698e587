"""What a text writes, as far as its words tell."""

import pytest

from app.cache.analysis import Unanalysable, texts
from app.cache.analysis.texts import text_tags

TOLD = [
    ("SELECT * FROM loan WHERE note = 'UPDATE book SET x = 1'", ""),
    ("SELECT 1 -- ; DELETE FROM book", ""),
    ("SELECT 1 /* /* nested */ ; DELETE FROM book */", ""),
    ("SELECT 1 /* one */ ; DELETE FROM x /* two */", "x"),
    ("SELECT $$ ; DELETE FROM book $$, $a$ $b$ ; DELETE FROM book $a$", ""),
    (r"SELECT E'\' ; DELETE FROM book; --'", ""),
    (r"SELECT '\' ; DELETE FROM x; --'", "x"),
    ("SELECT 'it''s ; DELETE FROM book'", ""),
    ("SELECT * FROM x FOR UPDATE", ""),
    ("SELECT * FROM x FOR NO KEY UPDATE OF x", ""),
    ("SELECT x.update, update FROM x WHERE id = %(delete)s", "from"),
    ("SELECT nextval('numbers'), pg_advisory_xact_lock(1)", ""),
    ("TABLE x", ""),
    ("insert into x (a) values (%(a)s)", "x"),
    ("INSERT INTO x AS y VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1", "x"),
    ('INSERT INTO "Odd Name" SELECT 1', "Odd Name"),
    ('INSERT INTO "with ""marks""".x DEFAULT VALUES', 'with "marks".x'),
    ("UPDATE ONLY X SET a = 1", "x"),
    ("UPDATE x AS y SET a = z.a FROM z WHERE y.id = z.id", "x"),
    ("UPDATE public.x SET a = 1", "x"),
    ("UPDATE other.x SET a = 1", "other.x"),
    ("UPDATE somewhere.public.x SET a = 1", "x"),
    ("DELETE FROM x USING z", "x"),
    ("MERGE INTO x USING z ON true WHEN MATCHED THEN DELETE", "x"),
    ("WITH a AS MATERIALIZED (UPDATE x SET b = 1 RETURNING *) SELECT * FROM a", "x"),
    ("WITH a AS (DELETE FROM x RETURNING *) INSERT INTO y SELECT * FROM a", "x y"),
    ("EXPLAIN (ANALYZE) UPDATE x SET a = 1", "x"),
    ("EXPLAIN ANALYZE DELETE FROM x", "x"),
    ("PREPARE p AS UPDATE x SET a = 1", "x"),
    ("COPY x (a, b) FROM STDIN", "x"),
    ("COPY x TO STDOUT", ""),
    ("COPY (DELETE FROM x RETURNING *) TO STDOUT", "x"),
    ("TRUNCATE x, ONLY other.y RESTART IDENTITY", "x other.y"),
    ("TRUNCATE TABLE x * CASCADE", "x"),
    ("CREATE TABLE IF NOT EXISTS x (a int)", "x"),
    ("CREATE UNLOGGED TABLE x AS SELECT 1", "x"),
    ("CREATE OR REPLACE VIEW x AS SELECT 1", "x"),
    ("REFRESH MATERIALIZED VIEW CONCURRENTLY x", "x"),
    ("ALTER TABLE IF EXISTS ONLY x ADD COLUMN b int", "x"),
    ("DROP TABLE IF EXISTS x, y CASCADE", "x y"),
    ("CREATE POLICY p ON x FOR UPDATE USING (true)", "x"),
    ("CREATE UNIQUE INDEX i ON x (a)", ""),
    ("ALTER TYPE t ADD VALUE 'v'", ""),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", ""),
    ("CREATE TRIGGER t AFTER INSERT OR UPDATE ON x EXECUTE FUNCTION f()", ""),
    ("GRANT UPDATE, DELETE ON x TO y", ""),
    ("SET LOCAL lock_timeout = '1s'; LISTEN x; NOTIFY x; SAVEPOINT a; VACUUM x", ""),
    ("BEGIN; UPDATE x SET a = 1; ROLLBACK", "x"),
    ("CREATE TEMP TABLE IF NOT EXISTS x ON COMMIT DELETE ROWS AS SELECT a FROM y", ""),
    ("INSERT INTO pg_temp.x SELECT 1", ""),
    ("INSERT INTO y SELECT a FROM pg_temp.x", "y"),
    ("CREATE OR REPLACE TEMPORARY VIEW x AS SELECT 1", ""),
    ("DROP TABLE temp", "temp"),
    (";;", ""),
]


@pytest.mark.parametrize(("sql", "tables"), TOLD, ids=[sql for sql, _ in TOLD])
def test_a_text_touches_the_tables_it_names(sql: str, tables: str) -> None:
    names = [tables] if '"' in tables or tables == "Odd Name" else tables.split()

    assert text_tags(sql) == {tag for name in names for tag in (name, f"{name}:*")}


@pytest.mark.parametrize(
    "sql",
    [
        "DO $$ BEGIN DELETE FROM book; END $$",
        "CALL tidy_up()",
        "EXECUTE prepared",
        "IMPORT FOREIGN SCHEMA other FROM SERVER s INTO t",
        "DROP SCHEMA other CASCADE",
        "DROP OWNED BY somebody",
        "DROP TYPE t CASCADE",
        "ALTER TYPE t RENAME VALUE 'a' TO 'b'",
        "ALTER DOMAIN d DROP DEFAULT",
        "CREATE RULE r AS ON INSERT TO x DO ALSO DELETE FROM y",
        "UPDATE %(table)s SET a = 1",
        "DELETE FROM (SELECT 1)",
        "TRUNCATE",
        "DROP TABLE",
        "COPY",
        "WITH a AS (UPDATE",
        "DELETE FROM x WHERE a = 'open",
        "DELETE FROM x /* open",
        "DELETE FROM x WHERE a = $$open",
    ],
)
def test_a_text_that_does_not_tell_is_refused_with_the_remedy(sql: str) -> None:
    with pytest.raises(Unanalysable, match=r"\.execution_options\(cache_tags=\[\.\.\.\]\)"):
        text_tags(sql)


@pytest.mark.parametrize(
    "sql",
    [
        *("COMMIT", "end", "UPDATE x SET a = 1; COMMIT AND CHAIN"),
        *("/* */ PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'"),
    ],
)
def test_a_text_that_commits_is_refused(sql: str) -> None:
    with pytest.raises(Unanalysable, match=r"passes the cache by; call commit\(\) instead"):
        text_tags(sql)


def test_a_temporary_table_of_a_declared_ones_name_hides_it() -> None:
    assert text_tags("CREATE TEMP TABLE seat (a int)") == wide("seat")


def test_a_long_text_is_not_kept() -> None:
    kept = texts._kept.cache_info().currsize  # noqa: SLF001

    assert text_tags("DELETE FROM x -- " + "v" * 5000) == {"x", "x:*"}
    assert texts._kept.cache_info().currsize == kept  # noqa: SLF001


def wide(*tables: str) -> set[str]:
    return {tag for name in tables for tag in (f"cachelab.{name}", f"cachelab.{name}:*")}


def test_what_foreign_keys_do_is_known_of_declared_tables() -> None:
    assert text_tags("DELETE FROM cachelab.shelf") == wide("shelf", "book", "loan")
    assert text_tags("UPDATE cachelab.shelf SET name = 'x'") == wide("shelf")
    assert text_tags("UPDATE cachelab.label SET words = 'x'") == wide("label", "sticker")
    assert text_tags("INSERT INTO cachelab.label VALUES ('a', 'b')") == wide("label")
    assert text_tags("TRUNCATE cachelab.person CASCADE") == wide("person", "member")


def test_a_bare_name_means_the_tables_of_every_schema() -> None:
    assert text_tags("UPDATE seat SET floor = 1") == {*wide("seat"), "seat", "seat:*"}


def test_the_connections_default_schema_may_go_without_saying() -> None:
    touched = text_tags("UPDATE cachelab.seat SET floor = 1", default_schema="cachelab")

    assert touched == {*wide("seat"), "seat", "seat:*"}
