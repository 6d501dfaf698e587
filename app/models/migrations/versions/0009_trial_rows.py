"""Rows on which the cache's strategies are tried out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trial_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shelf", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_row")),
        sa.UniqueConstraint("shelf", "position", name=op.f("uq_trial_row_shelf_position")),
    )
    # It is cached by its tags, so a console's UPDATE is told of too.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON trial_row
            FOR EACH STATEMENT
            WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION {schema}.cache_owe('trial_row', 'trial_row:*')
    """)
    op.execute("ALTER TABLE trial_row ENABLE ALWAYS TRIGGER cache_debt")


def downgrade() -> None:
    op.drop_table("trial_row")
