"""Curves of plants in one environment: what goes over all of them, and what should not notice."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import text

from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.domain import board, telemetry
from app.models.schema import migrate
from app.parts import Parts
from benchmarks.boards.million import connected
from benchmarks.scale.curves import Curve, curve
from benchmarks.scale.spending import engine_process, valkey_seconds
from lab.engines import Postgres, Valkey

PLANTS = (50, 100, 200)
LINES, SENSORS = 4, 80
# Fewer than a plant has: what one costs is the same.
BOARDS = 10
LEAST_SECONDS = 0.5
OF = "plants in a database"

_PLANTS = """
INSERT INTO plant SELECT n, 'plant-' || n, 'Plant', 'UTC' FROM generate_series(:first, :last) AS n;
INSERT INTO line (id, plant_id, slug, name, position, target_per_hour)
    SELECT n * :lines + l, n, 'line-' || n || '-' || l, 'Line', l, 480
    FROM generate_series(:first, :last) AS n, generate_series(0, :lines - 1) AS l;
INSERT INTO station (id, line_id, slug, name, position)
    SELECT id, id, 'station', 'Station', 1 FROM line WHERE plant_id >= :first;
INSERT INTO sensor (station_id, slug, name, metric, unit)
    SELECT id, 'sensor-' || id || '-' || s, 'Sensor', 'temperature', '°C'
    FROM line, generate_series(1, :sensors / :lines) AS s WHERE plant_id >= :first;
INSERT INTO leaderboard (plant_id, board, window_key)
    SELECT n, 'operators', 'window-' || w
    FROM generate_series(:first, :last) AS n, generate_series(1, :boards) AS w;
INSERT INTO leaderboard_total SELECT id, '1', 100, 1 FROM leaderboard WHERE plant_id >= :first;
"""


def measure(tell: Callable[[str], None]) -> list[Curve]:
    found: dict[str, dict[int, Used]] = {name: {} for name in _WHAT}
    with tempfile.TemporaryDirectory(prefix="andon-scale-") as name:
        folder = Path(name)
        valkey, postgres = Valkey(folder / "valkey"), Postgres(folder / "postgres")
        with connected(valkey, postgres) as parts:
            migrate(parts.database.engine)
            last = 0
            for plants in PLANTS:
                tell(f"plants: {plants}")
                _found(parts, last + 1, plants)
                last = plants
                for what, work in _works(parts).items():
                    many = _WHAT[what][0](plants)
                    found[what][plants] = _used(work, postgres, parts.redis, many=many)
    return [
        *(
            curve(what, OF, "µs of CPU", {n: used.here_us for n, used in found[what].items()}, why)
            for what, (_, why) in _WHAT.items()
        ),
        curve(
            *(f"{ROUND}, Valkey", OF, "µs of CPU"),
            {n: used.valkey_us for n, used in found[ROUND].items()},
            "one thread takes the rounds of all drains: shards",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Used:
    """What one took: of this process and PostgreSQL, and of Valkey."""

    here_us: float
    valkey_us: float


ROUND = "ranking, looked at by the round"
# What is done: by how many its cost is divided, and what limits it.
_WHAT: dict[str, tuple[Callable[[int], int], str]] = {
    "sensor's name, read anew": (
        lambda plants: plants * SENSORS,
        "over 256 KB the answer is not kept, and every web process asks every 2 s: cells",
    ),
    "line, looked at by the sweep": (
        lambda plants: plants * LINES,
        "one drain of all looks at all lines every 2 s: cells",
    ),
    ROUND: (
        lambda plants: plants * BOARDS,
        "each drain looks at all rankings every 2 s: cells, or one drain of all",
    ),
    "board of a plant": (lambda _: 1, "nothing: it asks for its own lines"),
}


def _works(parts: Parts) -> dict[str, Callable[[], object]]:
    names = telemetry.Directory(time.monotonic, ask=parts.cache.rows)
    teller, ranker = Teller(parts, Event()), Ranker(parts, Event())

    def read_names() -> None:
        with parts.database.transaction() as session:
            names.refresh(session)

    def look_at_a_board() -> None:
        with parts.database.transaction() as session:
            board.tiles(session, now=datetime.now(UTC), plant="plant-1")

    def sweep() -> None:
        teller._sweep(datetime.now(UTC))  # noqa: SLF001 (the step by itself, without its clock)

    works = (read_names, sweep, ranker.go_round, look_at_a_board)
    return dict(zip(_WHAT, works, strict=True))


def _found(parts: Parts, first: int, last: int) -> None:
    """Found so many plants more."""
    terms = {"first": first, "last": last, "lines": LINES, "sensors": SENSORS, "boards": BOARDS}
    with parts.database.transaction() as session:
        for statement in _PLANTS.split(";\n")[:-1]:
            session.execute(text(statement).execution_options(cache_tags=()), terms)
    with parts.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("ANALYZE")
    # The statements above told the cache of nothing.
    parts.redis.flushall()


def _used(
    work: Callable[[], object],
    postgres: Postgres,
    redis: Any,  # noqa: ANN401 (redis-py's)
    *,
    many: int,
) -> Used:
    """For one of so many; the work is done once to warm up, and then often.

    The kernel counts hundredths of a second.
    """
    work()
    server = engine_process(postgres)

    def spent() -> float:
        tree = [server, *server.children(recursive=True)]
        times = [each.cpu_times() for each in tree]
        return time.process_time() + sum(each.user + each.system for each in times)

    before, of_valkey, times = spent(), valkey_seconds(redis.info("cpu")), 0
    while (used := spent() - before) < LEAST_SECONDS:
        work()
        times += 1
    of_valkey = valkey_seconds(redis.info("cpu")) - of_valkey
    return Used(*(each * 1e6 / times / many for each in (used, of_valkey)))
