"""Who may enter: people and their programs, gateways that send for machines, screens on walls."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

LONGEST_WHY = 300
# Each may do all that those before it may.
ROLES = ("viewer", "operator", "supervisor", "admin")
# What a program's token may be for: to read, to pull the cord, to change lines.
SCOPES = ("read", "calls", "lines")


def at_least(role: str, least: str) -> bool:
    """Whether `role` is `least` or above it."""
    return ROLES.index(role) >= ROLES.index(least)


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


class SignIn(Base):
    """A person signed in on a device: the session of this name is worth something while it is here.

    The cache holds what the session holds; this says whether it may, whatever the cache forgets
    or brings back.
    """

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), index=True)
    # What the store of sessions knows it by; not secret.
    name: Mapped[str] = mapped_column(String(80), unique=True)
    # The role it was last moved to a new name for.
    role: Mapped[str] = mapped_column(String(16))
    device: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45))
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    # Of a browser that stays signed in when its session has ended, and comes back by a token.
    series_digest: Mapped[bytes | None] = mapped_column(unique=True)
    token_digest: Mapped[bytes | None]
    last_token_digest: Mapped[bytes | None]
    token_changed_at: Mapped[datetime | None]
    stays_until: Mapped[datetime | None]

    def is_over(self, now: datetime) -> bool:
        """Whether nobody can come by it any more."""
        return max(self.expires_at, self.stays_until or self.expires_at) <= now


class Gateway(Base):
    """A device that sends for the machines of one plant, known by a token we cannot read."""

    __tablename__ = "gateway"

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    token_digest: Mapped[bytes]
    # The token before this one, and until when it is good too.
    last_token_digest: Mapped[bytes | None]
    last_token_until: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    # Batches that were refused whole since it was made, and why the last one was.
    refused_batches: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refused_at: Mapped[datetime | None]
    refused_why: Mapped[str | None] = mapped_column(String(LONGEST_WHY))


class Screen(Base):
    """A screen on a wall of one plant: it shows the board to whoever stands before it."""

    __tablename__ = "screen"

    id: Mapped[int] = mapped_column(primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("plant.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A program's way in: it acts for the person who made it, within its scopes, until it is over.

    Asked of the database with every request and never kept in the cache.
    """

    __tablename__ = "api_token"
    cache_untagged = True
    __table_args__ = (
        CheckConstraint(
            "scopes ~ '^(read|calls|lines)( (read|calls|lines))*$'", name="scopes_are_known"
        ),
        CheckConstraint("expires_at > made_at", name="expires_after_made"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    # By spaces, as OAuth spells them (RFC 6749, 3.3).
    scopes: Mapped[str] = mapped_column(String(40))
    # Where it is for one plant alone.
    plant_id: Mapped[int | None] = mapped_column(ForeignKey("plant.id"))
    token_digest: Mapped[bytes]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # To the hour.
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
