"""Lines for programs: how each stands, what its sensors measured, another name or target."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import structlog
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import UNSET, Meta, Struct, UnsetType
from werkzeug.exceptions import NotFound

from app.domain import board, plants, telemetry
from app.models import Moment
from app.web import guards
from app.web.announcing import announce
from app.web.described import described
from app.web.guards import current_operator
from app.web.handed import ask, done_by, parts
from app.web.lines import find_line, find_sensor
from app.web.pages import plants_and_chosen
from app.web.paging import lead_on
from app.web.problems import Problem
from app.web.programs import asked, refuse, sent, told, told_once

log = structlog.get_logger(__name__)

bp = Blueprint("lines_api", __name__, url_prefix="/api/v1/lines")

# In one part: a day by the minute, and some.
MOST_POINTS = 1_500
LONGEST = timedelta(days=366 * 30)
BY_DEFAULT = timedelta(days=1)

# No space at its ends but what shows, and no control characters: it is shown on one line.
Name = Annotated[
    str,
    Meta(min_length=1, max_length=80, pattern=r"^(?!\s)(?![\s\S]*[\x00-\x1f\x7f])(?![\s\S]*\s$)"),
]


class OfPlant(Struct, frozen=True):
    """Which plant; one's own if not said."""

    plant: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class Lines(Struct, frozen=True):
    """The lines of a plant, in the order they stand on the floor."""

    plant: str
    lines: list[board.Tile]


class SensorTold(Struct, frozen=True, kw_only=True):
    """A sensor and its newest value; `breach` says which limit it is outside of."""

    slug: str
    name: str
    metric: str
    unit: str
    low: float | None
    high: float | None
    value: float | None
    at: Moment | None
    breach: str | None


class StationTold(Struct, frozen=True):
    """A station and its sensors."""

    slug: str
    name: str
    sensors: list[SensorTold]


class LineTold(board.Tile, frozen=True, kw_only=True):
    """A line with its stations."""

    stations: list[StationTold]


class LineChange(Struct, forbid_unknown_fields=True):
    """What is to be another: what is not named stays."""

    name: Name | UnsetType = UNSET
    target_per_hour: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET


class Stretch(Struct, frozen=True):
    """Of which sensor, from when until when (the last day), and how many seconds to a point."""

    sensor: str
    since: Moment | None = None
    until: Moment | None = None
    step: Annotated[int, Meta(ge=1, le=366 * 86_400)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_POINTS)] = MOST_POINTS


class Point(Struct, frozen=True):
    """What was measured in a step that begins at `at`: nothing of it is lost to the mean."""

    at: Moment
    least: float
    mean: float
    greatest: float


class Measured(Struct, frozen=True, kw_only=True):
    """A sensor's readings in steps; one without readings is left out."""

    line: str
    sensor: str
    unit: str
    low: float | None
    high: float | None
    since: Moment
    until: Moment
    step_seconds: int
    points: list[Point]


@bp.get("", endpoint="index")
@guards.signed_in
@described(
    "The lines of a plant, and how each stands",
    answers={200: Lines},
    problems={404: "no such plant"},
    query=OfPlant,
    may_be_unchanged=True,
    leads_to={
        name: {"slug": "/lines/0/line"}
        for name in ("get_lines_slug", "get_lines_slug_calls", "post_lines_slug_calls")
    },
)
def index() -> ResponseReturnValue:
    now = datetime.now(UTC)
    asked(OfPlant)
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        tiles = board.tiles(session, now=now, plant=plant.slug, ask=ask)
    return told_once(Lines(plant.slug, tiles))


@bp.get("/<slug>")
@guards.signed_in
@described(
    "A line with its stations, sensors and their newest values",
    answers={200: LineTold},
    problems={404: "no such line"},
    may_be_unchanged=True,
    leads_to={"get_lines_slug_readings": {"slug": "/line", "sensor": "/stations/0/sensors/0/slug"}},
)
def show(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        (tile,) = board.tiles(session, now=now, line_ids=[line.id], ask=ask)
        stations = board.station_views(session, line.id, ask=ask)
    return told_once(LineTold(**msgspec.structs.asdict(tile), stations=_stations(stations)))


@bp.patch("/<slug>")
@guards.role("supervisor", scope="lines")
@described(
    "Give a line another name or target; the audit keeps who did, and what was before",
    answers={200: board.Tile},
    problems={404: "no such line", 422: "another name than can be shown, a target below 0"},
    body=Annotated[LineChange, Meta(extra_json_schema={"minProperties": 1})],
)
def change(slug: str) -> ResponseReturnValue:
    form = sent(LineChange, code="bad-line")
    changes: dict[str, Any] = msgspec.to_builtins(form)
    if not changes:
        raise Problem(422, "bad-line", "say what to change: «name», «target_per_hour»")
    by = done_by(current_operator().id)
    with parts().database.transaction() as session:
        find_line(session, slug)
        line = plants.change_line(session, slug, changes, by=by)
        if line is None:
            raise NotFound("There is no such line.")
        session.flush()
        (tile,) = board.tiles(session, now=by.at, line_ids=[line.id])
    log.info("board.line_changed", line=slug, by=by.operator_id)
    announce(tile)
    return told(tile)


@bp.get("/<slug>/readings")
@guards.signed_in
@described(
    "What a sensor measured: the least, the mean and the greatest value of each step",
    answers={200: Measured},
    problems={404: "no such line, or no such sensor on it"},
    query=Stretch,
    may_be_unchanged=True,
    is_paged=True,
)
def readings(slug: str) -> ResponseReturnValue:
    stretch = asked(Stretch)
    since, until, step = _in_bounds(stretch, datetime.now(UTC))
    part_ends = min(until, since + stretch.limit * step)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        stations = board.station_views(session, line.id, ask=ask)
        sensor = find_sensor(stations, stretch.sensor)
        # With its end, as `until` is meant; but not with the beginning of the next part.
        last = until if part_ends == until else part_ends - timedelta(microseconds=1)
        buckets = telemetry.history(session, sensor.id, since=since, until=last, step=step)
    response = told_once(
        Measured(
            line=slug,
            sensor=sensor.slug,
            unit=sensor.unit,
            low=sensor.low,
            high=sensor.high,
            since=since,
            until=part_ends,
            step_seconds=int(step.total_seconds()),
            points=[Point(*bucket) for bucket in buckets],
        )
    )
    if part_ends == until:
        return response
    seconds = int(step.total_seconds())
    return lead_on(response, since=part_ends.isoformat(), until=until.isoformat(), step=seconds)


def _in_bounds(stretch: Stretch, now: datetime) -> tuple[datetime, datetime, timedelta]:
    """From when until when and in which steps; refuses what is too far, too long or too fine."""
    until = stretch.until or now
    if not telemetry.EARLIEST <= until <= now + LONGEST:
        refuse(until="is too far away")
    since = stretch.since or until - BY_DEFAULT
    if since < telemetry.EARLIEST:
        refuse(since=f"is before {telemetry.EARLIEST.year}")
    if not timedelta(0) < until - since <= LONGEST:
        refuse(since="is not before «until»", until="is not after «since», or too long after it")
    step = _usual_step(until - since) if stretch.step is None else timedelta(seconds=stretch.step)
    if step > telemetry.HOUR and step % telemetry.HOUR:
        refuse(step="is, over an hour, whole hours")
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if step >= telemetry.HOUR:
        # Where the first point begins: else parts would overlap.
        since = since.replace(minute=0, second=0, microsecond=0)
    return since, until, step


def _usual_step(span: timedelta) -> timedelta:
    """As many points as a chart shows; whole seconds, or whole hours of what is summed up so."""
    step = span / telemetry.BUCKETS
    unit = telemetry.HOUR if step > telemetry.HOUR else telemetry.FINEST
    return math.ceil(step / unit) * unit


def _stations(stations: Sequence[board.StationView]) -> list[StationTold]:
    return [
        StationTold(
            station.slug,
            station.name,
            [msgspec.convert(_sensor(sensor), SensorTold) for sensor in station.sensors],
        )
        for station in stations
    ]


def _sensor(sensor: board.SensorView) -> dict[str, object]:
    return msgspec.structs.asdict(sensor) | {"breach": sensor.breach}
