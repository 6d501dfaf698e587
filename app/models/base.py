"""What all tables share."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta
from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase

# What the column of a number holds; a larger one is nobody's.
LARGEST_ID = 2**31 - 1

# As a moment goes out, and is described: with its time zone.
Moment = Annotated[datetime, Meta(tz=True)]


class Base(DeclarativeBase):
    """The tables of the plant; every moment is stored with its time zone."""

    # Named constraints, so that a migration can name what it drops.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True)}
