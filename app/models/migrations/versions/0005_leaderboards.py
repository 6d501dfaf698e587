"""Leaderboards: what was made, by board and window."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaderboard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("board", sa.String(length=16), nullable=False),
        sa.Column("window_key", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboard")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_leaderboard_plant_id")),
        sa.UniqueConstraint(
            "plant_id", "board", "window_key", name=op.f("uq_leaderboard_plant_id_board_window_key")
        ),
    )
    op.create_table(
        "leaderboard_total",
        sa.Column("leaderboard_id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("leaderboard_id", "member", name=op.f("pk_leaderboard_total")),
        sa.ForeignKeyConstraint(
            ["leaderboard_id"],
            ["leaderboard.id"],
            name=op.f("fk_leaderboard_total_leaderboard_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_leaderboard_total_score", "leaderboard_total", ["leaderboard_id", "score", "member"]
    )
    op.create_index(
        "ix_leaderboard_total_version", "leaderboard_total", ["leaderboard_id", "version"]
    )


def downgrade() -> None:
    op.drop_table("leaderboard_total")
    op.drop_table("leaderboard")
