"""The cord: calls for help."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Call(Base):
    """A call for help from one station, open until it is resolved."""

    __tablename__ = "call"
    cache_partitions = ("line_id",)
    __table_args__ = (
        Index(
            "uq_call_open_station_id_reason",
            "station_id",
            "reason",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_call_line_id_raised_at", "line_id", "raised_at"),
        CheckConstraint("acknowledged_at >= raised_at", name="acknowledged_after_raised"),
        CheckConstraint("resolved_at >= raised_at", name="resolved_after_raised"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    reason: Mapped[str] = mapped_column(String(40))
    raised_at: Mapped[datetime]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
