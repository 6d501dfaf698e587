"""Browsers that stay signed in, by a token that changes with each use."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("series_digest", sa.LargeBinary(), nullable=True))
    op.add_column("sign_in", sa.Column("token_digest", sa.LargeBinary(), nullable=True))
    op.add_column("sign_in", sa.Column("last_token_digest", sa.LargeBinary(), nullable=True))
    for name in ("token_changed_at", "stays_until"):
        op.add_column("sign_in", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_sign_in_series_digest"), "sign_in", ["series_digest"])


def downgrade() -> None:
    names = "series_digest token_digest last_token_digest token_changed_at stays_until"
    for name in names.split():
        op.drop_column("sign_in", name)
