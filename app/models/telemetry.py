"""What the machines say: readings, counted output, and what each line does now."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Reading(Base):
    """One value of one sensor at one moment, stored once however often it is sent.

    Partitioned by day; days that no drain prepared (old recordings) share one default partition.
    There is no foreign key: it would cost a look-up per row, and a sensor is checked on the way in.
    """

    __tablename__ = "reading"
    cache_untagged = True
    __table_args__ = ({"postgresql_partition_by": "RANGE (at)"},)

    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]


class Output(Base):
    """Pieces a line made, counted once by the id its sender chose."""

    __tablename__ = "output"
    cache_untagged = True
    __table_args__ = (
        Index("ix_output_line_id_at", "line_id", "at", postgresql_include=["good", "scrap"]),
        CheckConstraint("good >= 0 AND scrap >= 0", name="pieces_not_negative"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    at: Mapped[datetime]
    good: Mapped[int]
    scrap: Mapped[int]


_STATE_IS_KNOWN = "state in ('running', 'slow', 'stopped', 'planned', 'unknown')"


class LineStatus(Base):
    """What a line does now, and since when; one row a line, kept by the drain."""

    __tablename__ = "line_status"
    cache_untagged = True
    __table_args__ = (CheckConstraint(_STATE_IS_KNOWN, name="state_is_known"),)

    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), server_default="unknown")
    since: Mapped[datetime | None]
    last_reading_at: Mapped[datetime | None]
    last_output_at: Mapped[datetime | None]


class LineState(Base):
    """From when on a line did what, until its next row: what `line_status` said, and when.

    A trigger keeps it in the transaction that changes the status, whichever drain does: migration
    0010. A state that began before it was noticed takes the place of what was kept since.
    """

    __tablename__ = "line_state"
    cache_untagged = True
    __table_args__ = (CheckConstraint(_STATE_IS_KNOWN, name="state_is_known"),)

    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))


class SensorStatus(Base):
    """The newest value of a sensor, and what it may be turning to; kept by the drain."""

    __tablename__ = "sensor_status"
    cache_untagged = True
    __table_args__ = (
        CheckConstraint(
            "(turning_to IS NULL) = (turning_since IS NULL)"
            " AND (turning_to IS NULL) = (turning_worst IS NULL)",
            name="turning_since_a_moment",
        ),
    )

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    at: Mapped[datetime]
    value: Mapped[float]
    # See `Turn`: `high`, `low` or `back`, and not for long enough yet.
    turning_to: Mapped[str | None] = mapped_column(String(8))
    turning_since: Mapped[datetime | None]
    turning_after: Mapped[datetime | None]
    turning_worst: Mapped[float | None]


class Unreadable(Base):
    """A landed batch that could not be stored, kept for whoever finds out why."""

    __tablename__ = "unreadable"

    entry_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    batch: Mapped[bytes]
    why: Mapped[str] = mapped_column(String(400))
    seen_at: Mapped[datetime]
