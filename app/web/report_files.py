"""Reports of a plant as CSV: row by row, for spreadsheets and programs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from sqlalchemy import Executable

from app.database import Database
from app.domain import reports
from app.web import guards
from app.web.asked import Asked, asked_of
from app.web.csv_files import Rows, as_csv
from app.web.handed import parts

bp = Blueprint("report_files", __name__, url_prefix="/reports")

# So many rows at a time come from the database.
FETCHED = 1_000


@bp.get("/output.csv")
@guards.signed_in
def output() -> Response:
    def rows(asked: Asked, span: reports.Range) -> Rows:
        by = reports.grain(span, request.args.get("by"))
        made, as_of = reports.output(span=span, by=by, **asked.terms)
        return (
            (
                *(row.name, _local(row.starts_at, span.zone), _local(row.ends_at, span.zone)),
                *(row.good, row.scrap, _rounded(row.target), _local(as_of, span.zone)),
            )
            for row in made
        )

    return _file("output", ("line", "from", "to", "good", "scrap", "target", "as_of"), rows)


@bp.get("/downtime.csv")
@guards.signed_in
def downtime() -> Response:
    """Every stop, with how much of it was working time in the range."""

    def rows(asked: Asked, span: reports.Range) -> Rows:
        return _streamed(
            reports.STOPS,
            asked,
            span,
            lambda row: (
                *(row.name, _local(row.starts_at, span.zone)),
                _local(row.ends_at, span.zone) if row.is_over else None,
                *(round(row.seconds / 60, 1), row.reason),
            ),
        )

    head = ("line", "from", "to", "minutes_lost", "reason")
    return _file("downtime", head, rows, most=reports.MOST_STOPS)


@bp.get("/calls.csv")
@guards.signed_in
def calls() -> Response:
    """Every call, with who had to do with it."""

    def rows(asked: Asked, span: reports.Range) -> Rows:
        return _streamed(
            reports.CALLS,
            asked,
            span,
            lambda row: tuple(
                _local(value, span.zone) if isinstance(value, datetime) else value for value in row
            ),
        )

    head = ("line", "station", "kind", "raised", "raised_by", "acknowledged", "acknowledged_by")
    return _file("calls", (*head, "resolved", "resolved_by"), rows, most=reports.MOST_CALLS)


@bp.get("/oee.csv")
@guards.signed_in
def oee() -> Response:
    def rows(asked: Asked, span: reports.Range) -> Rows:
        each, as_of = reports.oee(span=span, **asked.terms)
        return (
            (
                *(line.label, round(line.planned_seconds / 60, 1)),
                *(round(line.down_seconds / 60, 1), _rounded(line.possible), line.good, line.scrap),
                *map(_rounded, (line.availability, line.performance, line.quality, line.oee)),
                _local(as_of, span.zone),
            )
            for line in each
        )

    head = ("line", "planned_minutes", "down_minutes", "possible", "good", "scrap")
    shares = ("availability", "performance", "quality", "oee", "as_of")
    return _file("oee", (*head, *shares), rows)


def _file(
    name: str,
    head: Sequence[str],
    rows: Callable[[Asked, reports.Range], Rows],
    *,
    most: int | None = None,
) -> Response:
    """The file, named for its plant and days; a refusal is answered as one."""
    with parts().database.transaction() as session:
        asked = asked_of(session, datetime.now(UTC))
        span = asked.span()
        told = rows(asked, span)
    days = f"{span.first}" if span.first == span.last else f"{span.first}-to-{span.last}"
    return as_csv(f"{name}-{asked.plant.slug}-{days}", head, told, most=most)


def _streamed(
    statement: Executable, asked: Asked, span: reports.Range, told: Callable[[Any], tuple[Any, ...]]
) -> Rows:
    """Rows as the database gives them, in a transaction of their own that ends with them."""
    where = {"plant": asked.plant.slug, "since": span.since, "until": span.until}
    return _from(parts().database, statement, where, told)


def _from(
    database: Database,
    statement: Executable,
    where: dict[str, object],
    told: Callable[[Any], tuple[Any, ...]],
) -> Rows:
    with database.transaction() as session:
        for row in session.execute(statement, where, execution_options={"yield_per": FETCHED}):
            yield told(row)


def _local(at: datetime | None, zone: ZoneInfo) -> str | None:
    """A moment on the plant's clock, with how far that is from UTC."""
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds") if at else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
