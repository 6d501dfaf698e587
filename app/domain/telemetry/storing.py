"""From landed batches to tables, once, however often a batch comes."""

import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.domain.telemetry.batches import (
    OutputLanded,
    ReadingLanded,
    landed_output,
    landed_readings,
)
from app.models import Unreadable


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing changed: how many rows were new, and which sensors and lines to look at."""

    new_rows: int = 0
    sensor_ids: frozenset[int] = field(default_factory=frozenset)
    line_ids: frozenset[int] = field(default_factory=frozenset)


def store(session: Session, batches: Iterable[tuple[str, bytes]]) -> Stored:
    """Store batches, given as kind and bytes, in the session's transaction.

    Raises `msgspec.DecodeError`, or the database's own error, when one of them cannot be stored.
    """
    readings: list[ReadingLanded] = []
    output: list[OutputLanded] = []
    for kind, batch in batches:
        if kind == "readings":
            readings += landed_readings(batch)
        elif kind == "output":
            output += landed_output(batch)
        else:
            raise msgspec.DecodeError(f"no such kind of batch: {kind}")
    new = _store_readings(session, readings) + _store_output(session, output)
    sensor_ids = frozenset(row.sensor_id for row in readings)
    line_ids = frozenset(row.line_id for row in output) | _lines_of(session, sensor_ids)
    return Stored(new, sensor_ids, line_ids)


def set_aside(session: Session, unreadable: Unreadable) -> None:
    """Keep a batch that cannot be stored, with the reason, so that it is not lost."""
    session.merge(unreadable)


def _store_readings(session: Session, rows: Sequence[ReadingLanded]) -> int:
    if not rows:
        return 0
    connection = session.connection()
    _copy(connection, "reading", "sensor_id, at, value", rows)
    new = connection.execute(
        text(
            "INSERT INTO reading (sensor_id, at, value)"
            " SELECT sensor_id, at, value FROM staged_reading ON CONFLICT DO NOTHING"
        )
    ).rowcount
    # In the order of the key, here and below: two drains then never wait for each other crosswise.
    connection.execute(
        text(
            "INSERT INTO sensor_status (sensor_id, at, value)"
            " SELECT DISTINCT ON (s.sensor_id) s.sensor_id, s.at, s.value FROM staged_reading s"
            " JOIN sensor ON sensor.id = s.sensor_id ORDER BY s.sensor_id, s.at DESC"
            " ON CONFLICT (sensor_id) DO UPDATE SET at = excluded.at, value = excluded.value"
            " WHERE excluded.at > sensor_status.at"
        )
    )
    _note_lines(
        connection,
        "last_reading_at",
        "SELECT station.line_id, max(s.at) FROM staged_reading s"
        " JOIN sensor ON sensor.id = s.sensor_id JOIN station ON station.id = sensor.station_id"
        " GROUP BY 1 ORDER BY 1",
    )
    return new


def _store_output(session: Session, rows: Sequence[OutputLanded]) -> int:
    if not rows:
        return 0
    connection = session.connection()
    columns = "id, line_id, operator_id, at, good, scrap"
    _copy(connection, "output", columns, rows)
    new = connection.execute(
        text(
            f"INSERT INTO output ({columns})"  # noqa: S608 (the constant above)
            f" SELECT {columns} FROM staged_output ON CONFLICT DO NOTHING"
        )
    ).rowcount
    _note_lines(
        connection,
        "last_output_at",
        "SELECT line_id, max(at) FROM staged_output WHERE good > 0 GROUP BY 1 ORDER BY 1",
    )
    return new


def _copy(connection: Connection, table: str, columns: str, rows: Sequence[Any]) -> None:
    """COPY rows into this connection's staging table, which empties itself at commit."""
    connection.execute(
        text(
            f"CREATE TEMP TABLE IF NOT EXISTS staged_{table}"  # noqa: S608 (constants)
            f" ON COMMIT DELETE ROWS AS SELECT {columns} FROM {table} WITH NO DATA"
        )
    )
    lines = io.StringIO()
    for row in rows:
        lines.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
    lines.seek(0)
    with closing(connection.connection.cursor()) as cursor:
        cursor.copy_expert(f"COPY staged_{table} ({columns}) FROM STDIN", lines)


def _note_lines(connection: Connection, column: str, newest: str) -> None:
    connection.execute(
        text(
            f"INSERT INTO line_status AS kept (line_id, {column}) {newest}"
            f" ON CONFLICT (line_id) DO UPDATE SET {column} ="
            f" greatest(kept.{column}, excluded.{column})"
        )
    )


def _lines_of(session: Session, sensor_ids: frozenset[int]) -> frozenset[int]:
    if not sensor_ids:
        return frozenset()
    found = session.scalars(
        text(
            "SELECT DISTINCT station.line_id FROM sensor"
            " JOIN station ON station.id = sensor.station_id WHERE sensor.id = ANY(:ids)"
        ),
        {"ids": list(sensor_ids)},
    )
    return frozenset(found)
