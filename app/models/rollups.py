"""What is summed up while it is stored, so that a year can be read at once.

Triggers keep these tables, in the transaction that stores what they sum up: migration 0006.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ReadingHour(Base):
    """One sensor's readings of one hour; like the readings, it refers to no sensor."""

    __tablename__ = "reading_hour"
    cache_untagged = True

    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    readings: Mapped[int]
    minimum: Mapped[float]
    maximum: Mapped[float]
    total: Mapped[float]


class OutputQuarter(Base):
    """What a line made in a quarter of an hour.

    Every time zone is some quarters away from UTC: whatever a plant's clock calls an hour or a day
    is made of whole quarters.
    """

    __tablename__ = "output_quarter"
    cache_untagged = True

    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    good: Mapped[int] = mapped_column(BigInteger)
    scrap: Mapped[int] = mapped_column(BigInteger)


class Stop(Base):
    """Ten minutes or more between one good piece of a line and the next.

    A fact about pieces: what of it was working time, the reports work out by the shifts.
    """

    __tablename__ = "stop"
    cache_untagged = True
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        Index("ix_stop_line_id_ends_at", "line_id", "ends_at"),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    # Nothing reads it any more: what is said of a stop is in `said_reason`, which outlives it.
    reason: Mapped[str | None] = mapped_column(String(40))


class RollupDebt(Base):
    """A day (of UTC) that is not summed up yet: stored before there were triggers, or asked for."""

    __tablename__ = "rollup_debt"

    day: Mapped[date] = mapped_column(primary_key=True)
