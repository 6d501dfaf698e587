"""Alerts of sensors, and what they are judged by.

Additive: instances of before go on while this is in. What one of them stores is judged by nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TURNING = ("turning_to", "turning_since", "turning_after", "turning_worst")


def upgrade() -> None:
    op.add_column("sensor", sa.Column("hysteresis", sa.Float(), nullable=True))
    op.add_column(
        "sensor", sa.Column("hold_seconds", sa.Integer(), server_default="10", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_sensor_hysteresis_within_band"),
        "sensor",
        "hysteresis >= 0 AND hysteresis < 'Infinity' AND hysteresis < high - low",
    )
    op.create_check_constraint(
        op.f("ck_sensor_hold_at_most_a_day"), "sensor", "hold_seconds BETWEEN 0 AND 86400"
    )
    op.add_column("sensor_status", sa.Column(TURNING[0], sa.String(length=8), nullable=True))
    for name in TURNING[1:3]:
        op.add_column("sensor_status", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("sensor_status", sa.Column(TURNING[3], sa.Float(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sensor_status_turning_since_a_moment"),
        "sensor_status",
        "(turning_to IS NULL) = (turning_since IS NULL)"
        " AND (turning_to IS NULL) = (turning_worst IS NULL)",
    )
    _create_sensor_alert()


def _create_sensor_alert() -> None:
    op.create_table(
        "sensor_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("worst", sa.Float(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind in ('high', 'low')", name=op.f("ck_sensor_alert_kind_is_known")),
        sa.CheckConstraint(
            "cleared_at >= raised_at", name=op.f("ck_sensor_alert_cleared_after_raised")
        ),
        sa.CheckConstraint(
            "acknowledged_at >= raised_at", name=op.f("ck_sensor_alert_acknowledged_after_raised")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_sensor_alert_line_id")),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_sensor_alert_sensor_id")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["operator.id"], name=op.f("fk_sensor_alert_acknowledged_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor_alert")),
    )
    op.create_index(
        "uq_sensor_alert_open_sensor_id",
        "sensor_alert",
        ["sensor_id"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_index("ix_sensor_alert_line_id_raised_at", "sensor_alert", ["line_id", "raised_at"])
    # Pages keep alerts by the query cache: a console's UPDATE must expel them.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON sensor_alert
            FOR EACH STATEMENT
            WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION {schema}.cache_owe('sensor_alert', 'sensor_alert:*')
    """)
    op.execute("ALTER TABLE sensor_alert ENABLE ALWAYS TRIGGER cache_debt")


def downgrade() -> None:
    op.drop_table("sensor_alert")
    for name in TURNING:
        op.drop_column("sensor_status", name)
    op.drop_column("sensor", "hold_seconds")
    op.drop_column("sensor", "hysteresis")
