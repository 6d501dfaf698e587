"""A year that is over, made up in PostgreSQL: ten million readings, output, stops and shifts."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.database import unhurried
from app.domain import telemetry
from app.models.schema import migrate
from app.parts import Parts

READINGS = 10_000_000
LINES, SENSORS, DAYS = 8, 160, 366
# A row of output every two and a half minutes, and ten stops a day of each line.
OUTPUT_EVERY_SECONDS, BATCHES_TO_A_STOP, BATCHES_LOST = 150, 60, 6
PLANT, ZONE = "bench", ZoneInfo("Europe/Berlin")
# As a gateway sent it.
FIRST = datetime(2024, 12, 31, 23, tzinfo=UTC)

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


def make_up_a_year(parts: Parts) -> str:
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
        unhurried(connection)
        # A VACUUM is in no transaction, of which the setting could be.
        for statement in ("SET statement_timeout = 0", "VACUUM ANALYZE"):
            connection.execute(text(statement))
        counts = {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 (ours)
            for table in ("reading", "output", "reading_hour", "output_quarter", "stop")
        }
    told = ", ".join(f"{count:,} rows of `{table}`" for table, count in counts.items())
    return f"{told}; stored in {took:.0f} s, roll-ups included"
