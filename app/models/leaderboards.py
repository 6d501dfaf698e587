"""Who made how much: totals, by board and window of time."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Leaderboard(Base):
    """A board of a plant in one window; its version grows by one with each change of its totals.

    Whoever changes totals holds this row until the commit: versions are committed in their order.
    """

    __tablename__ = "leaderboard"
    cache_untagged = True
    __table_args__ = (UniqueConstraint("plant_id", "board", "window_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"))
    board: Mapped[str] = mapped_column(String(16))
    window_key: Mapped[str] = mapped_column(String(32))
    # Tells this row from one of the same name in another database, or after a recount.
    epoch: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
    ends_at: Mapped[datetime | None]


class LeaderboardTotal(Base):
    """What one member made in the window, and the board's version that last changed it."""

    __tablename__ = "leaderboard_total"
    cache_untagged = True
    __table_args__ = (
        Index("ix_leaderboard_total_score", "leaderboard_id", "score", "member"),
        Index("ix_leaderboard_total_version", "leaderboard_id", "version"),
    )

    leaderboard_id: Mapped[int] = mapped_column(
        ForeignKey("leaderboard.id", ondelete="CASCADE"), primary_key=True
    )
    # By bytes, as the sorted set has them: both show equal scores in one order.
    member: Mapped[str] = mapped_column(String(40, collation="C"), primary_key=True)
    score: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
