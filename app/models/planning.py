"""When a plant works: the shifts that come back every week, and the days that are otherwise."""

from datetime import date, time
from typing import ClassVar

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ShiftPattern(Base):
    """A shift of all lines of a plant, by the clock on its wall, on some days of every week.

    One that ends when or before it begins ends on the next day. An inactive one lays no shifts.
    """

    __tablename__ = "shift_pattern"
    cache_untagged = True
    changeable: ClassVar[tuple[str, ...]] = (
        *("name", "starts_at", "ends_at", "weekdays", "breaks", "targets", "active"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    # Of the day it begins on: 1 is Monday, as ISO 8601 counts.
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    # Each from when until when, as in [["09:00", "09:15"]], in the order of the shift.
    breaks: Mapped[list[list[str]]] = mapped_column(JSONB)
    # Pieces by the line's slug; a line that is not named makes its rate in the working time.
    targets: Mapped[dict[str, int]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(server_default="true")


class CalendarDay(Base):
    """A day that is otherwise: patterns that rest on it, or one that works though it would not."""

    __tablename__ = "calendar_day"
    cache_untagged = True
    __table_args__ = (
        CheckConstraint("NOT works OR pattern_id IS NOT NULL", name="an_extra_shift_is_one"),
        Index(
            "uq_calendar_day_plant_id_day_pattern_id", "plant_id", "day", "pattern_id", unique=True
        ),
        Index(
            "uq_calendar_day_all_plant_id_day",
            "plant_id",
            "day",
            unique=True,
            postgresql_where=text("pattern_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"))
    day: Mapped[date]
    # Without one it is about all of them.
    pattern_id: Mapped[int | None] = mapped_column(ForeignKey("shift_pattern.id"))
    works: Mapped[bool]
    name: Mapped[str] = mapped_column(String(80))
