"""What the query cache keeps in the database, and rows on which its strategies are tried out."""

from sqlalchemy import BigInteger, Identity, Integer, String, Text, UniqueConstraint
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


class TrialRow(Base):
    """A row that means nothing: what reading and writing it costs is all that matters."""

    __tablename__ = "trial_row"
    cache_partitions = ("shelf",)
    __table_args__ = (UniqueConstraint("shelf", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(40))
    value: Mapped[int] = mapped_column(Integer)
