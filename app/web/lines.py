"""A line from close by: stations, sensors, the history of one, its calls."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.domain import alerts, andon, board, stops, telemetry
from app.models import LONGEST_COMMENT, LONGEST_NOTE
from app.web import guards, timelines
from app.web.guards import current_operator
from app.web.handed import ask, parts
from app.web.pages import page, plants_and_chosen
from app.web.spans import Span, span_asked, spans

bp = Blueprint("lines", __name__, url_prefix="/lines")

SPARKLINE = timedelta(hours=8)
SPARKLINE_BUCKETS = 96


@bp.get("/<slug>")
@guards.signed_in
def show(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        plants, _ = plants_and_chosen(session)
        plant = next(plant for plant in plants if plant.id == line.plant_id)
        (tile,) = board.tiles(session, now=now, line_ids=[line.id], ask=ask)
        stations = board.station_views(session, line.id, ask=ask)
        calls = andon.recent_calls(session, line.id, ask=ask)
        types = andon.call_types(session, line.plant_id, ask=ask)
        beyond = alerts.recent_alerts(session, line.id, now=now, ask=ask)
        sparks = _sparklines(session, stations, now)
        history = _history(session, slug, stations, now)
        past = timelines.told(session, line, plant, tile, day=request.args.get("day"), now=now)
        said = _stops(session, line)
    return page(
        "lines/show.html",
        plants=plants,
        plant=plant,
        tile=tile,
        stations=[_with_sparklines(station, sparks) for station in stations],
        calls=calls,
        types=types,
        alerts=beyond,
        longest_note=LONGEST_NOTE,
        may_call=current_operator().may("operator"),
        history=history,
        past=past,
        here=request.full_path,
        now=now,
        **said,
    )


@bp.get("/<slug>/history.json", endpoint="history")
@guards.signed_in
def history_json(slug: str) -> ResponseReturnValue:
    """One sensor's readings in buckets, columns side by side as uPlot reads them."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        stations = board.station_views(session, line.id, ask=ask)
        sensor = find_sensor(stations, request.args.get("sensor"))
        span = span_asked(request.args, lambda: telemetry.extent(session, sensor.id, ask=ask), now)
        buckets = telemetry.history(session, sensor.id, since=span.since, until=span.until)
    columns = {
        "at": [bucket.at.timestamp() for bucket in buckets],
        "minimum": [bucket.minimum for bucket in buckets],
        "mean": [bucket.mean for bucket in buckets],
        "maximum": [bucket.maximum for bucket in buckets],
    }
    facts = {"unit": sensor.unit, "low": sensor.low, "high": sensor.high}
    return Response(msgspec.json.encode(columns | facts), content_type="application/json")


@bp.get("/<slug>/now.json")
@guards.signed_in
def now_json(slug: str) -> ResponseReturnValue:
    """The line as live.js reads it when no stream can be had."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        tiles = board.tiles(session, now=now, line_ids=[line.id], ask=ask)
        readings = board.sensor_values(session, [line.id]).get(slug, {})
    facts = {"server_time": now, "tiles": tiles, "readings": readings}
    return Response(msgspec.json.encode(facts), content_type="application/json")


def find_line(session: Session, slug: str) -> Any:  # noqa: ANN401 (a record)
    """The line of that name; 404 if there is none."""
    line = board.find_line(session, slug, ask=ask)
    if line is None or not current_operator().sees(line.plant_id):
        raise NotFound("There is no such line.")
    return line


def find_sensor(stations: Sequence[board.StationView], slug: str | None) -> board.SensorView:
    """The sensor of that name, or the first of the line where none is named."""
    for station in stations:
        for sensor in station.sensors:
            if slug in (None, sensor.slug):
                return sensor
    raise NotFound("This line has no such sensor.")


def _stops(session: Session, line: Any) -> dict[str, object]:  # noqa: ANN401 (a record)
    """What may be said of the line's stops, and the planned one that goes on."""
    groups = stops.reasons(session, line.plant_id, ask=ask)
    return {
        "reasons": groups,
        "planned": stops.planned_reasons(groups),
        "planned_stop": stops.open_stop(session, line.id, ask=ask),
        "may_plan": current_operator().may("supervisor"),
        "longest_comment": LONGEST_COMMENT,
    }


def _sparklines(
    session: Session, stations: Sequence[board.StationView], now: datetime
) -> dict[int, list[tuple[datetime, float]]]:
    sensors = [sensor.id for station in stations for sensor in station.sensors]
    return telemetry.sparklines(
        session, sensors, since=now - SPARKLINE, until=now, buckets=SPARKLINE_BUCKETS, ask=ask
    )


def _with_sparklines(
    station: board.StationView, sparks: dict[int, list[tuple[datetime, float]]]
) -> dict[str, object]:
    sensors = [
        msgspec.structs.asdict(sensor)
        | {"breach": sensor.breach, "sparkline": sparks.get(sensor.id, [])}
        for sensor in station.sensors
    ]
    return {"slug": station.slug, "name": station.name, "sensors": sensors}


def _history(
    session: Session, slug: str, stations: Sequence[board.StationView], now: datetime
) -> dict[str, object] | None:
    if not any(station.sensors for station in stations):
        return None
    sensor = find_sensor(stations, request.args.get("sensor"))
    extent = telemetry.extent(session, sensor.id, ask=ask)
    span = span_asked(request.args, lambda: extent, now)

    def link(choice: Span) -> str:
        return url_for("lines.show", slug=slug, sensor=sensor.slug, span=choice.key)

    return {
        "sensor": sensor,
        "since": span.since,
        "until": span.until,
        "low": sensor.low,
        "high": sensor.high,
        "buckets": telemetry.history(session, sensor.id, since=span.since, until=span.until),
        "spans": [(choice.label, choice.hours, link(choice)) for choice in spans(extent, now)],
        "selected": span.label,
    }
