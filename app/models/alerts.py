"""What came of limits that were passed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class SensorAlert(Base):
    """A sensor that passed a limit and stayed beyond it, open until it has been back for as long.

    All moments but that of the acknowledgement are those of its readings. One whose sensor or limit
    was taken away is ended by that, and says so: `ended_because`.
    """

    __tablename__ = "sensor_alert"
    cache_partitions = ("line_id",)
    __table_args__ = (
        Index(
            "uq_sensor_alert_open_sensor_id",
            "sensor_id",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index("ix_sensor_alert_line_id_raised_at", "line_id", "raised_at"),
        CheckConstraint("kind in ('high', 'low')", name="kind_is_known"),
        CheckConstraint("cleared_at >= raised_at", name="cleared_after_raised"),
        CheckConstraint("acknowledged_at >= raised_at", name="acknowledged_after_raised"),
        CheckConstraint(
            "ended_because IS NULL"
            " OR ended_because in ('retired', 'limit-removed') AND cleared_at IS NOT NULL",
            name="ended_because_is_known",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    kind: Mapped[str] = mapped_column(String(8))
    # The limit as it was when it was passed, and the value farthest beyond it so far.
    bound: Mapped[float]
    worst: Mapped[float]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    # None where its readings cleared it.
    ended_because: Mapped[str | None] = mapped_column(String(16))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
