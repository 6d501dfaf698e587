"""The plant, its people and gateways, calls, telemetry."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant")),
        sa.UniqueConstraint("slug", name=op.f("uq_plant_slug")),
    )
    op.create_table(
        "reading",
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "at", name=op.f("pk_reading")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_table(
        "unreadable",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_unreadable")),
    )
    op.create_table(
        "gateway",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_gateway_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway")),
        sa.UniqueConstraint("name", name=op.f("uq_gateway_name")),
    )
    op.create_index(op.f("ix_gateway_plant_id"), "gateway", ["plant_id"], unique=False)
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target_per_hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("target_per_hour >= 0", name=op.f("ck_line_target_not_negative")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_line_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("slug", name=op.f("uq_line_slug")),
    )
    op.create_index(op.f("ix_line_plant_id"), "line", ["plant_id"], unique=False)
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint(
            "role in ('viewer', 'operator', 'supervisor', 'admin')",
            name=op.f("ck_operator_role_is_known"),
        ),
        sa.CheckConstraint(
            "username = lower(username)", name=op.f("ck_operator_username_is_lower_case")
        ),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_operator_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("username", name=op.f("uq_operator_username")),
    )
    op.create_index(op.f("ix_operator_plant_id"), "operator", ["plant_id"], unique=False)
    op.create_table(
        "line_status",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="unknown", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reading_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_output_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('running', 'slow', 'stopped', 'unknown')",
            name=op.f("ck_line_status_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_line_status_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_line_status")),
    )
    op.create_table(
        "output",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("scrap", sa.Integer(), nullable=False),
        sa.CheckConstraint("good >= 0 AND scrap >= 0", name=op.f("ck_output_pieces_not_negative")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_output_line_id")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_output_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_output")),
    )
    op.create_index(
        "ix_output_line_id_at",
        "output",
        ["line_id", "at"],
        unique=False,
        postgresql_include=["good", "scrap"],
    )
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_shift_starts_before_it_ends")),
        sa.CheckConstraint("target >= 0", name=op.f("ck_shift_target_not_negative")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_shift_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("line_id", "starts_at", name=op.f("uq_shift_line_id_starts_at")),
    )
    op.create_index("ix_shift_line_id_ends_at", "shift", ["line_id", "ends_at"], unique=False)
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_station_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("line_id", "slug", name=op.f("uq_station_line_id_slug")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "acknowledged_at >= raised_at", name=op.f("ck_call_acknowledged_after_raised")
        ),
        sa.CheckConstraint("resolved_at >= raised_at", name=op.f("ck_call_resolved_after_raised")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["operator.id"], name=op.f("fk_call_acknowledged_by")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_call_line_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["operator.id"], name=op.f("fk_call_raised_by")),
        sa.ForeignKeyConstraint(["resolved_by"], ["operator.id"], name=op.f("fk_call_resolved_by")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_call_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    op.create_index("ix_call_line_id_raised_at", "call", ["line_id", "raised_at"], unique=False)
    op.create_index(
        "uq_call_open_station_id_reason",
        "call",
        ["station_id", "reason"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "sensor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.CheckConstraint("low < high", name=op.f("ck_sensor_low_below_high")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_sensor_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor")),
        sa.UniqueConstraint("slug", name=op.f("uq_sensor_slug")),
    )
    op.create_index(op.f("ix_sensor_station_id"), "sensor", ["station_id"], unique=False)
    op.create_table(
        "sensor_status",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_sensor_status_sensor_id")
        ),
        sa.PrimaryKeyConstraint("sensor_id", name=op.f("pk_sensor_status")),
    )
    # Days that no drain prepared: recordings older than the application. See docs/decisions/0004.
    op.execute("CREATE TABLE reading_other PARTITION OF reading DEFAULT")


def downgrade() -> None:
    tables = (
        "unreadable sensor_status line_status output reading call gateway operator "
        "shift sensor station line plant"
    )
    for table in tables.split():
        op.drop_table(table)
