"""What the query cache keeps in the database."""

from sqlalchemy import BigInteger, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class CacheDebt(Base):
    """A tag that a committed write could not expel itself, until somebody pays.

    Left by our own commits while the cache is away, and by triggers for what other programs write.
    """

    __tablename__ = "cache_debt"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    tag: Mapped[str] = mapped_column(Text, index=True)
    # The transaction whose end it waits for before it may be paid.
    owed_by: Mapped[int | None] = mapped_column(BigInteger)
