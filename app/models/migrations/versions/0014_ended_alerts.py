"""Why an alert ended, where no reading cleared it; and those that nothing would have ended.

Additive: instances of before go on while this is in. What one of them retires keeps its alerts, until
something of that line is changed again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

RETIRED = "coalesce(sensor.retired_at, station.retired_at, line.retired_at) IS NOT NULL"


def upgrade() -> None:
    op.add_column("sensor_alert", sa.Column("ended_because", sa.String(length=16), nullable=True))
    op.create_check_constraint(
        op.f("ck_sensor_alert_ended_because_is_known"),
        "sensor_alert",
        "ended_because IS NULL"
        " OR ended_because in ('retired', 'limit-removed') AND cleared_at IS NOT NULL",
    )
    op.execute(f"""
        UPDATE sensor_alert SET cleared_at = greatest(now(), raised_at),
            ended_because = CASE WHEN {RETIRED} THEN 'retired' ELSE 'limit-removed' END
        FROM sensor
        JOIN station ON station.id = sensor.station_id
        JOIN line ON line.id = station.line_id
        WHERE sensor.id = sensor_alert.sensor_id AND sensor_alert.cleared_at IS NULL
          AND ({RETIRED}
               OR CASE sensor_alert.kind WHEN 'high' THEN sensor.high ELSE sensor.low END IS NULL)
    """)
    op.execute(f"""
        UPDATE sensor_status SET turning_to = NULL, turning_since = NULL, turning_after = NULL,
            turning_worst = NULL
        FROM sensor
        JOIN station ON station.id = sensor.station_id
        JOIN line ON line.id = station.line_id
        WHERE sensor.id = sensor_status.sensor_id AND turning_to IS NOT NULL
          AND ({RETIRED} OR turning_to = 'back' AND NOT EXISTS (
               SELECT FROM sensor_alert AS alert
               WHERE alert.sensor_id = sensor.id AND alert.cleared_at IS NULL))
    """)


def downgrade() -> None:
    op.drop_column("sensor_alert", "ended_because")
