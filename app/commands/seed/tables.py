"""How the rows get in: a few by insert, the many by COPY."""

import io
from collections.abc import Iterable, Sequence
from contextlib import closing

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.models import (
    Base,
    Call,
    Line,
    Operator,
    Plant,
    Reading,
    Sensor,
    SensorAlert,
    Shift,
    ShiftPattern,
    Station,
)

# These are numbered by us; their sequences have to go on where we stopped.
_NUMBERED = (
    *(Plant, Line, Station, Sensor, Operator),
    *(ShiftPattern, Shift, Call, SensorAlert),
)


def is_empty(session: Session) -> bool:
    """Whether no plant, and no reading of a former one, is there."""
    found = session.scalar(select(exists(select(Plant.id)) | exists(select(Reading.sensor_id))))
    return not found


def insert(session: Session, rows: Sequence[Base]) -> None:
    """Add the rows, and be done before the next ones refer to them."""
    session.add_all(rows)
    session.flush()


def copy(session: Session, table: str, columns: str, lines: str) -> None:
    """Send lines of tab-separated text straight into the table."""
    with closing(session.connection().connection.cursor()) as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(lines))


def as_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as COPY reads them; none of ours holds a tab, a line break or nothing."""
    return "".join(["\t".join(map(str, row)) + "\n" for row in rows])


def go_on_counting(session: Session) -> None:
    """Set each sequence to the highest number that was given out by hand."""
    for model in _NUMBERED:
        sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
        session.execute(select(func.setval(sequence, select(func.max(model.id)).scalar_subquery())))
