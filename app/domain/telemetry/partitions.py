"""Day partitions of the readings, made before anything is stored in them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
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
        if not _exists(session, name) and not _has_others(session, day):
            session.execute(
                text(
                    f"CREATE TABLE {name} PARTITION OF reading "
                    f"FOR VALUES FROM ('{day.isoformat()}') "
                    f"TO ('{(day + timedelta(days=1)).isoformat()}')"
                )
            )
            made.append(name)
        day += timedelta(days=1)
    return made


def _exists(session: Session, name: str) -> bool:
    return session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None


def _has_others(session: Session, day: datetime) -> bool:
    found = session.scalar(
        text("SELECT EXISTS (SELECT FROM reading_other WHERE at >= :day AND at < :next)"),
        {"day": day, "next": day + timedelta(days=1)},
    )
    return bool(found)
