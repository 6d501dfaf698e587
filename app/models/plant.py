"""The plant as it stands: lines, their stations, and the sensors on them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base


class Plant(Base):
    """A factory, with the clock on its wall."""

    __tablename__ = "plant"
    cache_partitions = ("slug",)
    changeable: ClassVar[tuple[str, ...]] = ("name", "time_zone")

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(40))


class Line(Base):
    """A row of stations that makes one kind of thing, at a rate it is held to.

    A line, station or sensor that is retired is on no page and in no list; what it did stays in the
    reports, and what still comes of it is stored.
    """

    __tablename__ = "line"
    cache_partitions = ("slug",)
    changeable: ClassVar[tuple[str, ...]] = ("name", "target_per_hour")
    __table_args__ = (CheckConstraint("target_per_hour >= 0", name="target_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    target_per_hour: Mapped[int]
    retired_at: Mapped[datetime | None]


class Station(Base):
    """A place on a line, with a cord to pull."""

    __tablename__ = "station"
    cache_partitions = ("line_id",)
    changeable: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (UniqueConstraint("line_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    retired_at: Mapped[datetime | None]


class Sensor(Base):
    """What measures one metric at a station; outside its limits it breaches them."""

    __tablename__ = "sensor"
    changeable: ClassVar[tuple[str, ...]] = (
        *("name", "metric", "unit"),
        *("low", "high", "hysteresis", "hold_seconds"),
    )
    __table_args__ = (
        CheckConstraint("low < high", name="low_below_high"),
        CheckConstraint(
            "hysteresis >= 0 AND hysteresis < 'Infinity' AND hysteresis < high - low",
            name="hysteresis_within_band",
        ),
        CheckConstraint("hold_seconds BETWEEN 0 AND 86400", name="hold_at_most_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    metric: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(16))
    low: Mapped[float | None]
    high: Mapped[float | None]
    # How far inside a limit it has to come to be back, in its unit; a part of the band if not said.
    hysteresis: Mapped[float | None]
    # How long it has to be beyond a limit, or back, before that counts.
    hold_seconds: Mapped[int] = mapped_column(server_default="10")
    retired_at: Mapped[datetime | None]


class Shift(Base):
    """A stretch of work on one line, and how many pieces it is to make.

    One of a pattern is laid ahead, and follows it until it begins.
    """

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
    pattern_id: Mapped[int | None] = mapped_column(ForeignKey("shift_pattern.id"))
    breaks: Mapped[list["ShiftBreak"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ShiftBreak.starts_at"
    )


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
