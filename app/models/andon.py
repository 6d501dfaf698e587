"""The cord: calls for help, and what one may call for."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

URGENCIES = ("critical", "normal")
# What it does to the line while nobody comes.
IMPACTS = ("down", "impacting", "planned", "none")
# Told apart by whoever sees few colours, and never without a word beside them.
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "grey")
# Who is told when nobody comes, one role after the other; a call's level counts them.
ESCALATES_TO = ("supervisor", "admin")
LONGEST_NOTE = 300


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(word) for word in words)})"


class CallType(Base):
    """What a plant calls for, how soon somebody is to come, and who hears when nobody does.

    Calls name it by its slug in their plant, so a slug never changes, and a type that is no
    longer wanted becomes inactive rather than going.
    """

    __tablename__ = "call_type"
    cache_partitions = ("plant_id",)
    changeable: ClassVar[tuple[str, ...]] = (
        *("name", "colour", "urgency", "impact"),
        *("response_minutes", "resolve_minutes", "escalation_minutes", "active"),
    )
    __table_args__ = (
        UniqueConstraint("plant_id", "slug"),
        CheckConstraint(_one_of("colour", COLOURS), name="colour_is_known"),
        CheckConstraint(_one_of("urgency", URGENCIES), name="urgency_is_known"),
        CheckConstraint(_one_of("impact", IMPACTS), name="impact_is_known"),
        CheckConstraint(
            "response_minutes > 0 AND resolve_minutes > 0 AND escalation_minutes > 0",
            name="minutes_positive",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(Integer, ForeignKey("plant.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    colour: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(16))
    impact: Mapped[str] = mapped_column(String(16))
    # From when the cord was pulled: until somebody comes, and until it is put right.
    response_minutes: Mapped[int]
    resolve_minutes: Mapped[int | None]
    # Unanswered for so long, and for twice as long; without a number nobody else is told.
    escalation_minutes: Mapped[int | None]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default="true")


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
        Index(
            "uq_call_open_critical_line_id",
            "line_id",
            unique=True,
            postgresql_where=text("resolved_at IS NULL AND urgency = 'critical'"),
        ),
        Index("ix_call_line_id_raised_at", "line_id", "raised_at"),
        CheckConstraint("acknowledged_at >= raised_at", name="acknowledged_after_raised"),
        CheckConstraint("resolved_at >= raised_at", name="resolved_after_raised"),
        CheckConstraint(_one_of("urgency", URGENCIES), name="urgency_is_known"),
        CheckConstraint(
            "escalation_level BETWEEN 0 AND 2 AND (escalation_level > 0) = (escalated_at"
            " IS NOT NULL)",
            name="escalated_at_a_moment",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(Integer, ForeignKey("line.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    # The slug of a call type of the line's plant.
    reason: Mapped[str] = mapped_column(String(40))
    # The type's when the cord was pulled.
    urgency: Mapped[str] = mapped_column(String(16), server_default="normal")
    raised_at: Mapped[datetime]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    raised_note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    acknowledged_note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    resolved_note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    escalation_level: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    # When the last level was reached.
    escalated_at: Mapped[datetime | None]
