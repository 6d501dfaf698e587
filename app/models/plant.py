"""The plant as it stands: lines, their stations, and the sensors on them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Plant(Base):
    """A factory, with the clock on its wall."""

    __tablename__ = "plant"
    cache_partitions = ("slug",)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(40))


class Line(Base):
    """A row of stations that makes one kind of thing, at a rate it is held to."""

    __tablename__ = "line"
    cache_partitions = ("slug",)
    __table_args__ = (CheckConstraint("target_per_hour >= 0", name="target_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    target_per_hour: Mapped[int]


class Station(Base):
    """A place on a line, with a cord to pull."""

    __tablename__ = "station"
    cache_partitions = ("line_id",)
    __table_args__ = (UniqueConstraint("line_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]


class Sensor(Base):
    """What measures one metric at a station; outside its limits it breaches them."""

    __tablename__ = "sensor"
    __table_args__ = (CheckConstraint("low < high", name="low_below_high"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    metric: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(16))
    low: Mapped[float | None]
    high: Mapped[float | None]


class Shift(Base):
    """A stretch of work on one line, and how many pieces it is to make."""

    __tablename__ = "shift"
    cache_partitions = ("line_id",)
    __table_args__ = (
        UniqueConstraint("line_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("target >= 0", name="target_not_negative"),
        Index("ix_shift_line_id_ends_at", "line_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    target: Mapped[int]


class ShiftBreak(Base):
    """A part of a shift in which nobody is to work."""

    __tablename__ = "shift_break"
    __table_args__ = (
        UniqueConstraint("shift_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Work(Base):
    """A stretch of a shift without a break, and its part of the target.

    Triggers on `shift` and `shift_break` keep it (migration 0010): what depends on it names their
    tags. The one rule of working time, for boards and reports.
    """

    __tablename__ = "work"
    cache_untagged = True
    __table_args__ = (Index("ix_work_line_id_starts_at", "line_id", "starts_at"),)

    shift_id: Mapped[int] = mapped_column(
        ForeignKey("shift.id", ondelete="CASCADE"), primary_key=True
    )
    line_id: Mapped[int]
    shift_starts_at: Mapped[datetime]
    shift_ends_at: Mapped[datetime]
    shift_target: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    target: Mapped[float]
