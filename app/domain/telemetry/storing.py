"""From landed batches to tables, once, however often a batch comes."""

import io
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import msgspec
import psycopg2
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.telemetry.batches import (
    OutputLanded,
    ReadingLanded,
    landed_output,
    landed_readings,
)
from app.domain.telemetry.watching import judge, watched
from app.models import Unreadable

# What lands is written several times a second: answers that carried its tags would be expelled
# before they are read twice. They live by the clock, and these statements tell the cache nothing.
_UNTAGGED = {"cache_tags": ()}


class Stored(NamedTuple):
    """Which lines were heard of, and which counts of pieces had never been stored before."""

    line_ids: frozenset[int]
    output: list[OutputLanded]


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
    sensor_ids = frozenset(row.sensor_id for row in readings)
    line_ids = frozenset(row.line_id for row in output) | _lines_of(session, sensor_ids)
    take_turns(session, line_ids)
    if readings:
        sensors = watched(session, sensor_ids)
        _store_readings(session, readings)
        judge(session, sensors, readings)
    return Stored(line_ids, _store_output(session, output))


def set_aside(session: Session, unreadable: Unreadable) -> None:
    """Keep a batch that cannot be stored, with the reason, so that it is not lost."""
    session.merge(unreadable)


def take_turns(session: Session, line_ids: Collection[int]) -> None:
    """Lock the lines' rows in the order of their ids, before anything else is written.

    Two drains whose batches name the same lines in different orders would else wait for each
    other crosswise: of 300 such transactions 78 were ended as deadlocks.
    """
    ids = {"ids": sorted(line_ids)}
    session.execute(
        text(
            "INSERT INTO line_status (line_id) SELECT unnest(CAST(:ids AS int[])) ORDER BY 1"
            " ON CONFLICT DO NOTHING"
        ).execution_options(**_UNTAGGED),
        ids,
    )
    session.execute(
        text("SELECT FROM line_status WHERE line_id = ANY(:ids) ORDER BY line_id FOR UPDATE"), ids
    )


def _store_readings(session: Session, rows: Sequence[ReadingLanded]) -> None:
    connection = session.connection()
    _copy(connection, "reading", "sensor_id, at, value", rows)
    connection.execute(
        text(
            "INSERT INTO reading (sensor_id, at, value) SELECT sensor_id, at, value"
            " FROM staged_reading ORDER BY sensor_id, at ON CONFLICT DO NOTHING"
        ).execution_options(**_UNTAGGED)
    )
    connection.execute(
        text(
            "INSERT INTO sensor_status (sensor_id, at, value)"
            " SELECT DISTINCT ON (s.sensor_id) s.sensor_id, s.at, s.value FROM staged_reading s"
            " JOIN sensor ON sensor.id = s.sensor_id ORDER BY s.sensor_id, s.at DESC"
            " ON CONFLICT (sensor_id) DO UPDATE SET at = excluded.at, value = excluded.value"
            " WHERE excluded.at > sensor_status.at"
        ).execution_options(**_UNTAGGED)
    )
    _note_lines(
        connection,
        "last_reading_at",
        "SELECT station.line_id, least(max(s.at), now()) FROM staged_reading s"
        " JOIN sensor ON sensor.id = s.sensor_id JOIN station ON station.id = sensor.station_id"
        " GROUP BY 1 ORDER BY 1",
    )


def _store_output(session: Session, rows: Sequence[OutputLanded]) -> list[OutputLanded]:
    """Store what is new, and give it."""
    if not rows:
        return []
    connection = session.connection()
    columns = "id, line_id, operator_id, at, good, scrap"
    _copy(connection, "output", columns, rows)
    new = connection.execute(
        text(
            f"INSERT INTO output ({columns})"  # noqa: S608 (the constant above)
            f" SELECT {columns} FROM staged_output ORDER BY id ON CONFLICT DO NOTHING"
            f" RETURNING {columns}"
        ).execution_options(**_UNTAGGED)
    )
    _note_lines(
        connection,
        "last_output_at",
        "SELECT line_id, least(max(at), now()) FROM staged_output WHERE good > 0"
        " GROUP BY 1 ORDER BY 1",
    )
    return [OutputLanded(*row) for row in new]


def _copy(connection: Connection, table: str, columns: str, rows: Sequence[Any]) -> None:
    """COPY rows into this connection's staging table, which empties itself at commit."""
    connection.execute(
        text(
            f"CREATE TEMP TABLE IF NOT EXISTS staged_{table}"  # noqa: S608 (constants)
            f" ON COMMIT DELETE ROWS AS SELECT {columns} FROM {table} WITH NO DATA"
        ).execution_options(**_UNTAGGED)
    )
    lines = io.StringIO()
    for row in rows:
        lines.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
    lines.seek(0)
    copy = f"COPY staged_{table} ({columns}) FROM STDIN"
    with closing(connection.connection.cursor()) as cursor:
        cursor.cache_tags = ()  # type: ignore[attr-defined] # a table of this session's own
        try:
            cursor.copy_expert(copy, lines)
        except psycopg2.Error as error:
            # It bypasses SQLAlchemy: what callers catch are SQLAlchemy's errors.
            raise DBAPIError.instance(copy, None, error, psycopg2.Error) from error


def _note_lines(connection: Connection, column: str, newest: str) -> None:
    """Note when a line was last heard of: by its gateway's clock, but never later than by ours.

    A clock that is minutes ahead would hide for minutes that its line has fallen silent.
    """
    connection.execute(
        text(
            f"INSERT INTO line_status AS kept (line_id, {column}) {newest}"
            f" ON CONFLICT (line_id) DO UPDATE SET {column} ="
            f" greatest(kept.{column}, excluded.{column})"
        ).execution_options(**_UNTAGGED)
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
