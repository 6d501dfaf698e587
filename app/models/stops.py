"""Why lines stand: what a plant gives as a reason, what somebody said, and what was planned."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

LONGEST_COMMENT = 300


class StopReason(Base):
    """What a plant says of a stop: a group, or a reason in one; two levels and no more.

    Named by its slug in its plant, so a slug never changes, and one that is no longer wanted
    becomes inactive rather than going. One that is `planned` may be declared as a planned stop.
    """

    __tablename__ = "stop_reason"
    cache_partitions = ("plant_id",)
    changeable: ClassVar[tuple[str, ...]] = ("name", "planned", "active")
    __table_args__ = (
        UniqueConstraint("plant_id", "slug"),
        ForeignKeyConstraint(["plant_id", "parent"], ["stop_reason.plant_id", "stop_reason.slug"]),
        CheckConstraint("parent <> slug", name="in_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(Integer, ForeignKey("plant.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    # The slug of its group; a group has none.
    parent: Mapped[str | None] = mapped_column(String(40))
    planned: Mapped[bool] = mapped_column(server_default="false")
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default="true")


class SaidReason(Base):
    """What somebody said of a stretch of time in which a line stood; only added to.

    Of the stretch, because stops are made anew when pieces come late: the newest word on any part
    of a stop is the word on it (the function `said_of` of migration 0010).
    """

    __tablename__ = "said_reason"
    cache_partitions = ("line_id",)
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        Index("ix_said_reason_line_id_starts_at", "line_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    # As the stop was when it was said; of one that went on, until then.
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # The slug of a reason of the line's plant; without one, what was said is taken back.
    reason: Mapped[str | None] = mapped_column(String(40))
    comment: Mapped[str | None] = mapped_column(String(LONGEST_COMMENT))
    said_at: Mapped[datetime]
    said_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))


class PlannedStop(Base):
    """A time in which a line is not to work, as somebody declared; open until somebody ends it."""

    __tablename__ = "planned_stop"
    cache_partitions = ("line_id",)
    __table_args__ = (
        CheckConstraint("begins_at <= ends_at", name="begins_before_it_ends"),
        Index(
            "uq_planned_stop_open_line_id",
            "line_id",
            unique=True,
            postgresql_where=text("ends_at IS NULL"),
        ),
        Index("ix_planned_stop_line_id_begins_at", "line_id", "begins_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    # The slug of a planned reason of the line's plant.
    reason: Mapped[str] = mapped_column(String(40))
    begins_at: Mapped[datetime]
    begun_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    ends_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
