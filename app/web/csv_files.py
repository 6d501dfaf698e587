"""CSV for spreadsheets and programs, sent while it is read."""

import csv
import io
from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import chain

from flask import Response
from werkzeug.wsgi import ClosingIterator

# So many bytes are gathered before they are sent on.
PIECE_BYTES = 32_768
# What a spreadsheet would take for a formula, at the beginning of a cell. Numbers are no text:
# theirs may begin with a minus.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
# Without it spreadsheets take UTF-8 for something older.
BYTE_ORDER_MARK = "\ufeff"

Rows = Generator[Sequence[object], None, None]


def as_csv(
    name: str,
    head: Sequence[str],
    rows: Rows,
    *,
    most: int | None = None,
) -> Response:
    """A file of that name, of at most so many rows; a longer one says at its end that it was cut.

    The first piece is read before anything is answered, so that an outage is an answer too. `rows`
    is closed at the end, or when whoever reads it goes away.
    """
    pieces = _pieces(head, rows, most)
    response = Response(
        ClosingIterator(chain([next(pieces)], pieces), pieces.close), mimetype="text/csv"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: object) -> object:
    """A value as a cell; text that a spreadsheet would run is told to be text."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return value


def _pieces(head: Sequence[str], rows: Rows, most: int | None) -> Generator[bytes, None, None]:
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(head)
    with closing(rows):
        for count, row in enumerate(rows):
            if count == most:
                writer.writerow([f"only the first {most} rows: ask for less time"])
                break
            writer.writerow([cell(value) for value in row])
            if text.tell() > PIECE_BYTES:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
    yield text.getvalue().encode()
