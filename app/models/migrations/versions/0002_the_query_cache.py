"""Debts of the query cache, and triggers for what other programs write."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What pages cache by its tags. Not what the drain writes all the time (reading, output,
# line_status, sensor_status): answers from those live by the clock.
TABLES = ("plant", "line", "station", "sensor", "shift", "call", "operator")


def upgrade() -> None:
    op.create_table(
        "cache_debt",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        # The transaction whose end it waits for before it may be paid.
        sa.Column("owed_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cache_debt")),
    )
    op.create_index(op.f("ix_cache_debt_tag"), "cache_debt", ["tag"], unique=False)
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    # With its owner's rights: who may write a line need not know of debts. A debt of the same
    # transaction is enough: nobody can pay it before the commit. Another's may be paid just before.
    # Where a hundred wait, nobody pays, and one of them is held until our commit; shared, so that
    # no two writers wait for each other.
    op.execute(f"""
        CREATE FUNCTION {schema}.cache_owe() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            owed text;
        BEGIN
            FOREACH owed IN ARRAY TG_ARGV LOOP
                CONTINUE WHEN EXISTS (
                    SELECT FROM {schema}.cache_debt
                    WHERE tag = owed AND xmin = pg_current_xact_id()::xid
                );
                IF (
                    SELECT count(*) = 100 FROM (
                        SELECT FROM {schema}.cache_debt WHERE tag = owed LIMIT 100
                    ) AS waiting
                ) THEN
                    PERFORM FROM {schema}.cache_debt
                        WHERE tag = owed LIMIT 1 FOR KEY SHARE SKIP LOCKED;
                    CONTINUE WHEN FOUND;
                END IF;
                INSERT INTO {schema}.cache_debt (tag) VALUES (owed);
            END LOOP;
            PERFORM pg_notify('cache_debt', '');
            RETURN NULL;
        END
        $$
    """)
    for table in TABLES:
        op.execute(f"""
            CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT
                WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION {schema}.cache_owe('{table}', '{table}:*')
        """)
        # Loads that switch triggers off (session_replication_role) change rows all the same.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER cache_debt")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER cache_debt ON {table}")
    op.execute("DROP FUNCTION cache_owe()")
    op.drop_table("cache_debt")
