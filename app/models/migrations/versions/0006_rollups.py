"""Roll-ups of readings and output, and stops, kept by triggers."""

import sqlalchemy as sa
from alembic import op

from app.database import unhurried

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # To look for the days in what is stored takes longer than a page may.
    unhurried(op.get_bind())
    _create_tables()
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    _create_functions(schema)
    # Triggers, and not the drain: while an older drain still runs, or psql stores something, the
    # sums are right all the same. Only rows that are new are in a transition table.
    for table, function in (("reading", "roll_up_readings"), ("output", "roll_up_output")):
        op.execute(f"""
            CREATE TRIGGER roll_up AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
                FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{function}()
        """)
    _owe_what_is_stored()


def _create_tables() -> None:
    op.create_table(
        "reading_hour",
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "hour", name=op.f("pk_reading_hour")),
    )
    op.create_table(
        "output_quarter",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("scrap", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_output_quarter_line_id")),
        sa.PrimaryKeyConstraint("line_id", "starts_at", name=op.f("pk_output_quarter")),
    )
    op.create_table(
        "stop",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_stop_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_stop_line_id")),
        sa.PrimaryKeyConstraint("line_id", "starts_at", name=op.f("pk_stop")),
    )
    op.create_index("ix_stop_line_id_ends_at", "stop", ["line_id", "ends_at"], unique=False)
    op.create_table(
        "rollup_debt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_rollup_debt")),
    )
    # The newest row of each sensor and line is changed several times a second: with room on its
    # page that costs no index entry.
    for table in ("reading_hour", "output_quarter"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")


def _create_functions(schema: str) -> None:
    # The shared lock: whoever sums up a day anew waits for who has added to it, and sees that.
    op.execute(f"""
        CREATE FUNCTION {schema}.roll_up_readings() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(7263404);
            INSERT INTO {schema}.reading_hour AS kept
                (sensor_id, hour, readings, minimum, maximum, total)
            SELECT sensor_id, date_bin('1 hour', at, '2000-01-01Z'),
                   count(*), min(value), max(value), sum(value)
            FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (sensor_id, hour) DO UPDATE SET
                readings = kept.readings + excluded.readings,
                minimum = least(kept.minimum, excluded.minimum),
                maximum = greatest(kept.maximum, excluded.maximum),
                total = kept.total + excluded.total;
            RETURN NULL;
        END
        $$
    """)
    # Each new piece makes two gaps, to the one before it and to the one after it, and ends the stop
    # it falls into; what somebody said of that stop holds for what is left of it.
    # The drain lets one transaction at a time store a line's output: each sees the other's pieces.
    op.execute(f"""
        CREATE FUNCTION {schema}.roll_up_output() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(7263404);
            INSERT INTO {schema}.output_quarter AS kept (line_id, starts_at, good, scrap)
            SELECT line_id, date_bin('15 minutes', at, '2000-01-01Z'), sum(good), sum(scrap)
            FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (line_id, starts_at) DO UPDATE SET
                good = kept.good + excluded.good, scrap = kept.scrap + excluded.scrap;
            WITH made AS (SELECT DISTINCT line_id, at FROM fresh WHERE good > 0),
            gap AS (
                SELECT made.line_id, before.at AS starts_at, made.at AS ends_at
                FROM made CROSS JOIN LATERAL (
                    SELECT at FROM {schema}.output
                    WHERE line_id = made.line_id AND at < made.at AND good > 0
                    ORDER BY at DESC LIMIT 1
                ) AS before
                UNION
                SELECT made.line_id, made.at, after.at
                FROM made CROSS JOIN LATERAL (
                    SELECT at FROM {schema}.output
                    WHERE line_id = made.line_id AND at > made.at AND good > 0
                    ORDER BY at LIMIT 1
                ) AS after
            )
            INSERT INTO {schema}.stop AS kept (line_id, starts_at, ends_at, reason)
            SELECT gap.line_id, gap.starts_at, gap.ends_at, (
                SELECT reason FROM {schema}.stop AS around
                WHERE around.line_id = gap.line_id
                  AND around.starts_at <= gap.starts_at AND around.ends_at >= gap.ends_at
            )
            FROM gap WHERE gap.ends_at - gap.starts_at >= interval '10 minutes'
            ORDER BY 1, 2
            ON CONFLICT (line_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at;
            DELETE FROM {schema}.stop USING fresh
            WHERE stop.line_id = fresh.line_id AND fresh.good > 0
              AND stop.starts_at < fresh.at AND stop.ends_at > fresh.at;
            RETURN NULL;
        END
        $$
    """)


def _owe_what_is_stored() -> None:
    """Note the days that are stored already; `flask migrate` sums them up one by one.

    Not here: a year takes minutes, and until this transaction ends nobody can store anything.
    """
    op.execute("""
        INSERT INTO rollup_debt (day)
        SELECT to_date(right(relname, 10), 'YYYY_MM_DD') FROM pg_inherits
        JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'reading'::regclass AND relname ~ '^reading_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
        UNION SELECT (at AT TIME ZONE 'UTC')::date FROM reading_other
        UNION SELECT (at AT TIME ZONE 'UTC')::date FROM output
    """)


def downgrade() -> None:
    for table, function in (("reading", "roll_up_readings"), ("output", "roll_up_output")):
        op.execute(f"DROP TRIGGER roll_up ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    for table in ("rollup_debt", "stop", "output_quarter", "reading_hour"):
        op.drop_table(table)
