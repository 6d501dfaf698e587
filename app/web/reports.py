"""Reports of a plant: output, downtime, calls and OEE, as pages."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.domain import reports
from app.web import guards
from app.web.asked import Asked, asked_of
from app.web.bars import Column, Lost, Spread
from app.web.handed import parts
from app.web.labels import slice_labels, tick_labels, titled
from app.web.pages import page

bp = Blueprint("reports", __name__, url_prefix="/reports")

REPORTS = {"output": "Output", "downtime": "Downtime", "calls": "Calls", "oee": "OEE"}
RANGES = {
    "shift": "Shift",
    "today": "Today",
    "yesterday": "Yesterday",
    "week": "7 days",
    "month": "31 days",
    "year": "12 months",
}
VIEWS = ("line", "reason")

Told = dict[str, object]


@bp.get("/")
@guards.signed_in
def index() -> ResponseReturnValue:
    """Today at a glance, and the way to each report."""

    def told(asked: Asked, span: reports.Range) -> Told:
        made = reports.output(span=span, by=reports.grain(span, None), **asked.terms)
        lost = reports.downtime(span=span, **asked.terms)
        calls = reports.call_times(span=span, **asked.terms)
        used = reports.oee(span=span, **asked.terms)
        return {
            "as_of": min(made.as_of, lost.as_of, calls.as_of, used.as_of),
            "made": reports.total(made.items) if made.items else None,
            "stops": sum(row.stops for row in lost.items),
            "lost_seconds": sum(row.seconds for row in lost.items),
            "calls": calls.all,
            "oee": reports.oee_together(used.items, "All lines"),
        }

    return _page("index", told)


@bp.get("/output")
@guards.signed_in
def output() -> ResponseReturnValue:
    """Pieces against what was due, over time and by line."""

    def told(asked: Asked, span: reports.Range) -> Told:
        by = reports.grain(span, request.args.get("by"))
        rows, as_of = reports.output(span=span, by=by, **asked.terms)
        made = reports.together(rows, lambda row: (row.starts_at, row.ends_at))
        when = [slice_ for slice_, _ in made]
        names, ticks = (labels(when, by, span.zone) for labels in (slice_labels, tick_labels))
        return {
            "as_of": as_of,
            "by": by,
            "grains": [
                (each, asked.link("reports.output", by=each)) for each in reports.grains(span)
            ],
            "slices": [(name, each) for name, (_, each) in zip(names, made, strict=True)],
            "columns": [
                Column(tick, each.good, each.scrap, each.target)
                for tick, (_, each) in zip(ticks, made, strict=True)
            ],
            "lines": reports.together(rows, lambda row: row.name),
            "total": reports.total(rows) if rows else None,
        }

    return _page("output", told)


@bp.get("/downtime")
@guards.signed_in
def downtime() -> ResponseReturnValue:
    """What stood longest, by line or by reason."""

    def told(asked: Asked, span: reports.Range) -> Told:
        by = _view(request.args.get("by"))
        rows, as_of = reports.downtime(span=span, **asked.terms)
        lost = reports.pareto(
            rows, lambda row: row.name if by == "line" else row.reason or "Not said"
        )
        return {
            "as_of": as_of,
            "by": by,
            "grains": [(each, asked.link("reports.downtime", by=each)) for each in VIEWS],
            "bars_lost": lost,
            "columns": [Lost(bar.label, bar.seconds / 60, bar.cumulative) for bar in lost],
            "longest": reports.longest(span=span, **asked.terms).items,
        }

    return _page("downtime", told)


@bp.get("/calls")
@guards.signed_in
def calls() -> ResponseReturnValue:
    """How soon somebody came, and how soon it was over."""

    def told(asked: Asked, span: reports.Range) -> Told:
        times = reports.call_times(span=span, **asked.terms)
        kinds = [(row.kind, row) for row in times.kinds]
        return {
            "as_of": times.as_of,
            "all": times.all,
            "groups": [("By kind", kinds), ("By line", [(row.name, row) for row in times.lines])],
            "came": [
                Spread(
                    name,
                    row.came_median / 60,
                    row.came_90 / 60,
                    row.came_worst / 60,
                    None if row.come_within is None else row.come_within / 60,
                )
                for name, row in kinds
                if row.came_median is not None
            ],
        }

    return _page("calls", told)


@bp.get("/oee")
@guards.signed_in
def oee() -> ResponseReturnValue:
    """How well each line was used, and what went into that."""

    def told(asked: Asked, span: reports.Range) -> Told:
        each, as_of = reports.oee(span=span, **asked.terms)
        return {
            "as_of": as_of,
            "lines": each,
            "all": reports.oee_together(each, "All lines"),
        }

    return _page("oee", told)


def _page(name: str, told: Callable[[Asked, reports.Range], Told]) -> ResponseReturnValue:
    """The report; or its page with what is wrong with what it was asked for."""
    now = datetime.now(UTC)
    span, refusal, facts = None, None, Told()
    with parts().database.transaction() as session:
        asked = asked_of(session, now)
        try:
            span = asked.span()
            facts = told(asked, span)
        except reports.ReportsError as error:
            refusal = str(error)
    shown = page(
        f"reports/{name}.html",
        plants=asked.plants,
        plant=asked.plant,
        plant_page=f"reports.{name}",
        report=name,
        reports=[(key, label, asked.link(f"reports.{key}")) for key, label in REPORTS.items()],
        ranges=[
            (key, label, asked.link(f"reports.{name}", range=key)) for key, label in RANGES.items()
        ],
        csv=None if refusal or name == "index" else _csv(asked, name),
        span=span,
        title=titled(span) if span else "",
        today=now.astimezone(asked.zone).date(),
        refusal=refusal,
        asked_at=now,
        zone=asked.zone,
        **facts,
    )
    return shown, 422 if refusal else 200


def _csv(asked: Asked, name: str) -> str:
    by = {"by": request.args["by"]} if name == "output" and "by" in request.args else {}
    return asked.link(f"report_files.{name}", **by)


def _view(asked: str | None) -> str:
    if asked is None:
        return VIEWS[0]
    if asked not in VIEWS:
        raise reports.NoSuchView(asked, VIEWS)
    return asked
