"""Figure: a year's reports over ten million readings, cold and kept, and without roll-ups."""

import os
import platform
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, text
from sqlalchemy.orm import Session

from app.config import Config
from app.database import Ask
from app.domain import reports, telemetry
from app.domain.telemetry.history import BUCKETS
from app.models.schema import migrate
from app.parts import Parts, build_parts
from lab.engines import Postgres, Valkey

READINGS = 10_000_000
LINES, SENSORS, DAYS = 8, 160, 366
# A row of output every two and a half minutes, and ten stops a day of each line.
OUTPUT_EVERY_SECONDS, BATCHES_TO_A_STOP, BATCHES_LOST = 150, 60, 6
PLANT, ZONE = "bench", ZoneInfo("Europe/Berlin")
# A year that is over, as a gateway sent it.
FIRST = datetime(2024, 12, 31, 23, tzinfo=UTC)
NOW = FIRST + timedelta(days=DAYS + 30)
COLD_AT_MOST_MS, CACHED_AT_MOST_MS = 300.0, 1.0
# Each asks for a year that begins a day later: one that nobody has asked for.
ROUNDS, RAW_ROUNDS = 10, 3
HEAD = ("a year of", "raw", "cold", "raw, cold = 1", "kept by another process", "kept at hand")
GOALS_HEAD = ("goal", "at most", "the slowest", "")

_FLOOR = """
INSERT INTO plant VALUES (1, :plant, 'Bench', :zone);
INSERT INTO line (id, plant_id, slug, name, position, target_per_hour)
    SELECT n, 1, 'line-' || n, 'Line ' || n, n, 480 FROM generate_series(1, :lines) AS n;
INSERT INTO station (id, line_id, slug, name, position)
    SELECT n, n, 'station', 'Station', 1 FROM generate_series(1, :lines) AS n;
INSERT INTO sensor (id, station_id, slug, name, metric, unit)
    SELECT n, 1 + n % :lines, 'sensor-' || n, 'Sensor', 'temperature', '°C'
    FROM generate_series(1, :sensors) AS n;
INSERT INTO shift (line_id, starts_at, ends_at, target)
    SELECT line, at, at + interval '8 hours', 3456
    FROM generate_series(1, :lines) AS line,
         generate_series(CAST(:first AS timestamptz), :last, interval '8 hours') AS at;
"""
_READINGS = """
INSERT INTO reading SELECT sensor, at, 20 + sensor % 7 + 5 * sin(extract(epoch FROM at) / 9000)
FROM generate_series(1, :sensors) AS sensor,
     generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz) - interval '1 ms',
                     CAST(:every AS interval)) AS at
"""
_OUTPUT = """
INSERT INTO output (id, line_id, at, good, scrap)
SELECT gen_random_uuid(), line, CAST(:since AS timestamptz) + n * CAST(:every AS interval),
       18 + n % 5, n % 2
FROM generate_series(1, :lines) AS line, generate_series(0, :batches - 1) AS n
WHERE (n + 7 * line) % :between >= :lost
"""
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


def measure(tell: Callable[[str], None]) -> Measured:
    """With engines of its own, and a year made up in PostgreSQL."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="andon-bench-")))
        valkey, postgres = Valkey(folder / "valkey"), Postgres(folder / "postgres")
        for engine in (valkey, postgres):
            ending.callback(engine.stop)
            engine.start()
        filler, reader = (_parts(valkey.url, postgres.url, ending) for _ in range(2))
        tell("reports: making up a year")
        stored = _make_up_a_year(filler)
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
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Measured(
        f"{cores} cores, Python {platform.python_version()}, PostgreSQL {version}; "
        f"{datetime.now(UTC):%Y-%m-%d}",
        stored,
        timed,
    )


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


def _make_up_a_year(parts: Parts) -> str:
    migrate(parts.database.engine)
    began = time.perf_counter()
    last = FIRST + timedelta(days=DAYS)
    with parts.database.transaction() as session:
        found = {"plant": PLANT, "zone": str(ZONE), "lines": LINES, "sensors": SENSORS}
        for statement in _FLOOR.split(";\n")[:-1]:
            session.execute(text(statement), found | {"first": FIRST, "last": last})
        telemetry.prepare_days(session, first=FIRST, last=last)
    every = timedelta(days=DAYS) * SENSORS / READINGS
    for day in range(DAYS):
        since = FIRST + timedelta(days=day)
        with parts.database.transaction() as session:
            session.execute(
                text(_READINGS).execution_options(cache_tags=()),
                {"sensors": SENSORS, "since": since, "until": since + timedelta(days=1)}
                | {"every": every},
            )
            session.execute(
                text(_OUTPUT).execution_options(cache_tags=()),
                {"lines": LINES, "since": since, "batches": 86_400 // OUTPUT_EVERY_SECONDS}
                | {"every": timedelta(seconds=OUTPUT_EVERY_SECONDS)}
                | {"between": BATCHES_TO_A_STOP, "lost": BATCHES_LOST},
            )
    took = time.perf_counter() - began
    with parts.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("SET statement_timeout = 0", "VACUUM ANALYZE"):
            connection.execute(text(statement))
        counts = {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 (ours)
            for table in ("reading", "output", "reading_hour", "output_quarter", "stop")
        }
    told = ", ".join(f"{count:,} rows of `{table}`" for table, count in counts.items())
    return f"{told}; stored in {took:.0f} s, roll-ups included"


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


def rows(measured: Measured) -> list[list[str]]:
    return [
        [
            each.name,
            _middle(each.raw, 0),
            _middle(each.cold, 0),
            f"{statistics.median(each.raw) / statistics.median(each.cold):.0f}"
            if each.raw
            else "-",
            _middle(each.hit, 2),
            _middle(each.near, 2),
        ]
        for each in measured.timed
    ]


def goal_rows(measured: Measured) -> list[list[str]]:
    """The slowest report's medians against the goals."""
    kept = [each for each in measured.timed if each.hit]
    found = (
        ("cold", COLD_AT_MOST_MS, max(statistics.median(each.cold) for each in measured.timed)),
        ("from the cache", CACHED_AT_MOST_MS, max(statistics.median(each.hit) for each in kept)),
    )
    return [
        [name, f"{most:.0f} ms", f"{took:.2f} ms", "met" if took <= most else "missed"]
        for name, most, took in found
    ]


def numbers(measured: Measured) -> dict[str, object]:
    timed = {
        each.name: {name: getattr(each, name) for name in ("raw", "cold", "hit", "near")}
        for each in measured.timed
    }
    return {"machine": measured.machine, "stored": measured.stored, "milliseconds": timed}


def means(measured: Measured) -> str:
    return (
        f"{measured.stored}. {ROUNDS} years of {DAYS} days, each begun a day later than the one "
        "before, so that nobody has asked for it: **cold** is a question that the cache misses and "
        "then keeps. **Kept by another process** is the same question from a second set of parts, "
        "which fetches and decodes the answer; **at hand** is its second question, which a look at "
        "the tokens proves. OEE is two answers. **Raw** asks the rows themselves, without the "
        "target and the shifts that the reports weigh them with; medians of all. A sensor's chart "
        "is not kept. A page takes longer than its answer: it is the template's time."
    )


def _middle(values: Sequence[float], decimals: int) -> str:
    return f"{statistics.median(values):,.{decimals}f} ms" if values else "-"
