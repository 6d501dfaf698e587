"""Who may enter: people, and the gateways that send for machines."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

# Each may do all that those before it may.
ROLES = ("viewer", "operator", "supervisor", "admin")


class Operator(Base):
    """A person who signs in."""

    __tablename__ = "operator"
    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_is_lower_case"),
        CheckConstraint(
            "role in ('viewer', 'operator', 'supervisor', 'admin')", name="role_is_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    team: Mapped[str | None] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(server_default="true")

    def may(self, role: str) -> bool:
        """Whether this person's role is `role` or above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Gateway(Base):
    """A device that sends for the machines of one plant, known by a token we cannot read."""

    __tablename__ = "gateway"

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    token_digest: Mapped[bytes]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
