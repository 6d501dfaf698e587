"""A recording in a CSV file, read whole and checked before anything of it is used."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from app.commands.refusals import CannotGoOn

COLUMNS = ("timestamp", "value")
APART = timedelta(milliseconds=1)


class Unreadable(CannotGoOn):
    """The file is no recording; says where."""


class Recorded(NamedTuple):
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded, in the file's order; `moved` of them were told apart by milliseconds."""

    readings: list[Recorded]
    moved: int


def read_recording(file: Path) -> Recording:
    """The recording in a file, or `Unreadable` naming the first bad line."""
    try:
        # A byte order mark, as spreadsheets write it, is no part of the first column's name.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            read = list(_rows(file, csv.DictReader(lines, strict=True)))
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{file}: this is no text in UTF-8") from error
    if not read:
        raise Unreadable(f"{file}: there are no readings in it")
    return told_apart(read)


def _rows(file: Path, rows: "csv.DictReader[str]") -> Iterator[Recorded]:
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise Unreadable(f"{file}, line 1: no column is called {' or '.join(missing)}")
        for row in rows:
            try:
                yield Recorded(_moment(row["timestamp"]), _value(row["value"]))
            except (ValueError, OverflowError) as error:
                raise Unreadable(f"{file}, line {rows.line_num}: {error}") from error
    except csv.Error as error:
        raise Unreadable(f"{file}, line {rows.reader.line_num}: {error}") from error


def _moment(text: str | None) -> datetime:
    """The moment in ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise ValueError(f"{text!r} is no timestamp like 2014-01-07 14:05:00") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _value(text: str | None) -> float:
    try:
        # Python also reads 1_000; no recorder writes it.
        value = float((text or "").replace("_", "?"))
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no finite number")
    return value


def told_apart(read: Sequence[Recorded]) -> Recording:
    """The k-th repeat of a moment moves k milliseconds on, or to the next that is free.

    Readings are keyed by sensor and moment: of two at the same one only the first would be kept.
    It depends on the file alone, so that sending it again adds nothing.
    """
    taken = {reading.at for reading in read}
    seen: set[datetime] = set()
    told, moved = [], 0
    for at, value in read:
        free = at
        if at in seen:
            moved += 1
            while free in taken:
                free += APART
            taken.add(free)
        seen.add(at)
        told.append(Recorded(free, value))
    return Recording(told, moved)
