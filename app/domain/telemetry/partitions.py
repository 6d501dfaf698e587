"""Day partitions of the readings, made before anything is stored in them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

DAYS_AHEAD = 7

# Two drains must not make the same day at once; any number will do.
_LOCK = 7_263_402


def prepare_days(session: Session, *, first: datetime, last: datetime) -> list[str]:
    """Make the partitions from the day of `first` to that of `last`; give the names of new ones.

    A day that already has readings in the default partition stays there: PostgreSQL would
    refuse to move them, and they are found all the same.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    made = []
    day = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        name = f"reading_{day:%Y_%m_%d}"
        if not _exists(session, name) and _make(session, name, day):
            made.append(name)
        day += timedelta(days=1)
    return made


def _make(session: Session, name: str, day: datetime) -> bool:
    """Make a day's partition, unless the default partition holds readings of that day.

    Made beside and then attached: that locks out no reader and no writer of the other days, as
    `CREATE TABLE … PARTITION OF` would.
    """
    until = day + timedelta(days=1)
    try:
        with session.begin_nested():
            session.execute(text(f"CREATE TABLE {name} (LIKE reading INCLUDING ALL)"))
            session.execute(
                text(
                    f"ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES"
                    f" FROM ('{day.isoformat()}') TO ('{until.isoformat()}')"
                )
            )
    except IntegrityError:
        return False
    return True


def _exists(session: Session, name: str) -> bool:
    return session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None
