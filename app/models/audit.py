"""Who did what, when and from where."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Audit(Base):
    """One thing that was done, kept as it was: the database refuses to change or delete it.

    Written in the transaction that does it. Nobody is the actor of what happened by itself.
    """

    __tablename__ = "audit"
    cache_untagged = True
    __table_args__ = (
        Index("ix_audit_subject_kind_subject_id_at", "subject_kind", "subject_id", "at"),
        Index("ix_audit_at_id", "at", "id"),
        Index("ix_audit_actor_id_at_id", "actor_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    address: Mapped[str | None] = mapped_column(String(45))
    # What was done, as in «call.raised», and to what.
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
