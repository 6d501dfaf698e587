"""Who is signed in, and on which device."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        # What the store of sessions knows it by; not secret.
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_sign_in_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("name", name=op.f("uq_sign_in_name")),
    )
    op.create_index(op.f("ix_sign_in_operator_id"), "sign_in", ["operator_id"], unique=False)
    # Every request asks the query cache for its row: a console's DELETE must sign out at once.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON sign_in
            FOR EACH STATEMENT
            WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION {schema}.cache_owe('sign_in', 'sign_in:*')
    """)
    op.execute("ALTER TABLE sign_in ENABLE ALWAYS TRIGGER cache_debt")


def downgrade() -> None:
    op.drop_table("sign_in")
