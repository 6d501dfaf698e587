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
        sa.UniqueConstraint("shelf", "position", name=op.f("uq_trial_row_shelf")),
    )


def downgrade() -> None:
    op.drop_table("trial_row")
