"""What administrators change: what is retired, tokens that overlap, shift patterns, the audit read.

Additive: instances of before go on while this is in. They show what was retired meanwhile, and
know a gateway's newest token alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RETIRED = ("line", "station", "sensor")


def upgrade() -> None:
    for table in RETIRED:
        op.add_column(table, sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("gateway", sa.Column("last_token_digest", sa.LargeBinary(), nullable=True))
    for moment in ("last_token_until", "refused_at"):
        op.add_column("gateway", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "gateway",
        sa.Column("refused_batches", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column("gateway", sa.Column("refused_why", sa.String(length=300), nullable=True))
    op.create_table(
        "shift_pattern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("breaks", postgresql.JSONB(), nullable=False),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["plant_id"], ["plant.id"], name=op.f("fk_shift_pattern_plant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_pattern")),
    )
    op.create_index(op.f("ix_shift_pattern_plant_id"), "shift_pattern", ["plant_id"])
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=True),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "NOT works OR pattern_id IS NOT NULL", name=op.f("ck_calendar_day_an_extra_shift_is_one")
        ),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_calendar_day_plant_id")),
        sa.ForeignKeyConstraint(
            ["pattern_id"], ["shift_pattern.id"], name=op.f("fk_calendar_day_pattern_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(
        "uq_calendar_day_plant_id_day_pattern_id",
        "calendar_day",
        ["plant_id", "day", "pattern_id"],
        unique=True,
    )
    op.create_index(
        "uq_calendar_day_all_plant_id_day",
        "calendar_day",
        ["plant_id", "day"],
        unique=True,
        postgresql_where=sa.text("pattern_id IS NULL"),
    )
    op.add_column("shift", sa.Column("pattern_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_shift_pattern_id"), "shift", "shift_pattern", ["pattern_id"], ["id"]
    )
    op.create_index("ix_audit_at_id", "audit", ["at", "id"])
    op.create_index("ix_audit_actor_id_at_id", "audit", ["actor_id", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_actor_id_at_id", "audit")
    op.drop_index("ix_audit_at_id", "audit")
    op.drop_column("shift", "pattern_id")
    op.drop_table("calendar_day")
    op.drop_table("shift_pattern")
    for name in (
        *("last_token_digest", "last_token_until"),
        *("refused_batches", "refused_at", "refused_why"),
    ):
        op.drop_column("gateway", name)
    for table in RETIRED:
        op.drop_column(table, "retired_at")
