"""Times a year's reports over ten million readings, cold and kept, and without roll-ups."""

import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Executable, text
from sqlalchemy.orm import Session

from app.config import Config
from app.database import Ask
from app.domain import reports, telemetry
from app.domain.telemetry.history import BUCKETS
from app.parts import Parts, build_parts
from benchmarks.finding import machine
from benchmarks.years.past import DAYS, FIRST, PLANT, ZONE, make_up_a_year
from lab.engines import Postgres, Valkey

NOW = FIRST + timedelta(days=DAYS + 30)
# Each asks for a year that begins a day later: one that nobody has asked for.
ROUNDS, RAW_ROUNDS = 10, 3

_RAW_OUTPUT = text("""
SELECT line_id, date_trunc('month', at, 'Europe/Berlin'), sum(good), sum(scrap)
FROM output WHERE at >= :since AND at < :until GROUP BY 1, 2
""")
_RAW_DOWNTIME = text("""
SELECT line_id, count(*), sum(next - at) FROM (
    SELECT line_id, at, lead(at) OVER (PARTITION BY line_id ORDER BY at) AS next
    FROM output WHERE good > 0 AND at >= :since AND at < :until
) AS made WHERE next - at >= interval '10 minutes' GROUP BY 1
""")
_RAW_HISTORY = text("""
SELECT date_bin(:step, at, :since), min(value), avg(value), max(value)
FROM reading WHERE sensor_id = 1 AND at >= :since AND at <= :until GROUP BY 1
""")

Asking = Callable[[Session, reports.Range, Ask], object]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds, round by round; a chart of a sensor is not kept by the cache."""

    name: str
    raw: list[float]
    cold: list[float]
    hit: list[float]
    near: list[float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was there, how long it took to come there, and what was measured."""

    machine: str
    stored: str
    timed: list[Timed]


def measure_years(tell: Callable[[str], None]) -> Measured:
    """With engines of its own, and a year made up in PostgreSQL."""
    on = machine("sqlalchemy", "psycopg2-binary")
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="andon-bench-")))
        valkey, postgres = Valkey(folder / "valkey"), Postgres(folder / "postgres")
        for engine in (valkey, postgres):
            ending.callback(engine.stop)
            engine.start()
        filler, reader = (_parts(valkey.url, postgres.url, ending) for _ in range(2))
        tell("reports: making up a year")
        stored = make_up_a_year(filler)
        tell("reports: asking for years")
        timed = [
            _timed("output by month", _output, _RAW_OUTPUT, filler, reader),
            _timed("downtime", _downtime, _RAW_DOWNTIME, filler, reader),
            # Of other years: the downtime of these is kept by now.
            _timed("OEE", _oee, None, filler, reader, later=ROUNDS + 1),
            _charted(filler),
        ]
        with filler.database.transaction() as session:
            version = str(session.scalar(text("SHOW server_version"))).split()[0]
    return Measured(f"{on}, PostgreSQL {version}", stored, timed)


def _parts(cache_url: str, database_url: str, ending: ExitStack) -> Parts:
    """What one process has."""
    parts = build_parts(
        Config(
            secret_key=secrets.token_hex(32),
            database_url=database_url,
            cache_url=cache_url,
            environment="development",
            instance_id="bench",
        )
    )
    ending.callback(parts.redis.close)
    ending.callback(parts.database.engine.dispose)
    ending.callback(parts.cache.close)
    return parts


def _output(session: Session, span: reports.Range, ask: Ask) -> object:
    return reports.output(session, span, "month", plant=PLANT, ask=ask, now=NOW)


def _downtime(session: Session, span: reports.Range, ask: Ask) -> object:
    return reports.downtime(session, span, plant=PLANT, ask=ask, now=NOW)


def _oee(session: Session, span: reports.Range, ask: Ask) -> object:
    return reports.oee(session, span, plant=PLANT, ask=ask, now=NOW)


def _years(later: int = 0) -> list[reports.Range]:
    """Years that nobody has asked for, each a day later than the one before."""
    first = FIRST.astimezone(ZONE).date()
    return [_year(first + timedelta(days=later + n)) for n in range(ROUNDS + 1)]


def _year(first: date) -> reports.Range:
    asked = {"from": str(first), "to": str(first + timedelta(days=DAYS - 1))}
    return reports.by_dates(asked, zone=ZONE, now=NOW)


def _timed(
    name: str,
    asking: Asking,
    raw: Executable | None,
    filler: Parts,
    reader: Parts,
    *,
    later: int = 0,
) -> Timed:
    years = _years(later)
    cold = [_milliseconds(filler, asking, year) for year in years]
    hit = [_milliseconds(reader, asking, year) for year in years]
    near = [_milliseconds(reader, asking, year) for year in years]
    bare = []
    if raw is not None:
        for year in years[: RAW_ROUNDS + 1]:
            where = {"since": year.since, "until": year.until}
            bare.append(_milliseconds(filler, lambda s, _, __: s.execute(raw, where).all(), year))  # noqa: B023 (called at once)
    return Timed(name, bare[1:], cold[1:], hit[1:], near[1:])


def _charted(parts: Parts) -> Timed:
    """A sensor's chart of a year, from the hours and from the readings."""
    (year, *_) = _years()
    where = {"since": year.since, "until": year.until}
    where_raw = where | {"step": (year.until - year.since) / BUCKETS}
    hours = [
        _milliseconds(
            parts,
            lambda s, year, _: telemetry.history(s, 1, since=year.since, until=year.until),
            year,
        )
        for _ in range(ROUNDS + 1)
    ]
    raw = [
        _milliseconds(parts, lambda s, *_: s.execute(_RAW_HISTORY, where_raw).all(), year)
        for _ in range(RAW_ROUNDS + 1)
    ]
    return Timed("one sensor's chart", raw[1:], hours[1:], [], [])


def _milliseconds(parts: Parts, asking: Asking, year: reports.Range) -> float:
    with parts.database.transaction() as session:
        began = time.perf_counter()
        asking(session, year, parts.cache.rows)
        return (time.perf_counter() - began) * 1000
