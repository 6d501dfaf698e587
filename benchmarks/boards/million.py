"""A plant's board of a million members in PostgreSQL, and its copy in the cache."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from sqlalchemy import text

from app.config import Config
from app.domain import leaderboards
from app.domain.leaderboards import Window
from app.models import Plant
from app.models.schema import migrate
from app.parts import Parts, build_parts
from benchmarks.rounds import Compared, in_turns
from lab.engines import Postgres, Valkey

MEMBERS = 1_000_000
REBUILDS = 5
# As many rows a statement: none may take as long as a page may not.
LAID = 50_000
EVER = Window(kind="all", key="all", zone="UTC")
# The plant and its board are the first of a new database.
RANKING = leaderboards.ranking(1, "operators", EVER.key)
# As `make run` has, and room for a million.
MEGABYTES = "512mb"

BUILT = (
    "every member read from PostgreSQL by a cursor, written into a draft a thousand at a time, and "
    "renamed; against ZADD of a thousand at a time, ready in memory beforehand. On all CPUs."
)
_BOARD = text(
    "INSERT INTO leaderboard (plant_id, board, window_key) VALUES (1, 'operators', 'all')"
).execution_options(cache_tags=())
# Scores as people have them: most in the middle, many the same.
_TOTALS = text(
    "INSERT INTO leaderboard_total SELECT 1, lpad(CAST(n AS text), 7, '0'),"
    " CAST(100000 * (random() + random() + random()) AS int), 1"
    " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
).execution_options(cache_tags=())


@contextmanager
def connected(valkey: Valkey, postgres: Postgres) -> Iterator[Parts]:
    """Parts on these engines, which are started and stopped here."""
    try:
        for engine in (valkey, postgres):
            engine.start()
        parts = build_parts(
            Config(
                secret_key="of a benchmark, and of nothing else",  # noqa: S106 (nobody signs in)
                database_url=postgres.url,
                cache_url=valkey.url,
                environment="development",
            )
        )
        try:
            yield parts
        finally:
            parts.cache.close()
            parts.database.engine.dispose()
            parts.redis.close()
    finally:
        postgres.stop()
        valkey.stop()


def lay_out(parts: Parts, members: int) -> None:
    migrate(parts.database.engine)
    with parts.database.transaction() as session:
        session.add(Plant(slug="north", name="North", time_zone="UTC"))
        session.flush()
        session.execute(_BOARD)
        for first in range(0, members, LAID):
            last = min(first + LAID, members)
            session.execute(_TOTALS, {"first": first + 1, "last": last})
    with parts.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE leaderboard_total")


def build(parts: Parts) -> float:
    """Build the copy anew; the seconds that took."""
    parts.redis.unlink(RANKING.members, RANKING.mark)
    began = perf_counter()
    leaderboards.bring_up_to_date(parts.database, parts.leaderboards, now=datetime.now(UTC))
    return perf_counter() - began


def compare_building(parts: Parts, members: int, *, rounds: int = REBUILDS) -> Compared:
    """All from PostgreSQL into a draft, and renamed; against ZADDs of what is ready in memory."""
    bare = _bare_building(parts, members)
    # The bare one first, so that ours is left.
    bares, ours = in_turns(bare, lambda: members / build(parts), rounds=rounds)
    return Compared("built anew", "members/s", BUILT, ours, bares, "ZADD")


def _bare_building(parts: Parts, members: int) -> Callable[[], float]:
    with parts.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT member, score FROM leaderboard_total")).all()
    ready = [
        [part for row in rows[first : first + 1000] for part in (row.score, row.member)]
        for first in range(0, members, 1000)
    ]
    redis: Any = parts.redis

    def bare() -> float:
        began = perf_counter()
        for pairs in ready:
            redis.execute_command("ZADD", "bare", *pairs)
        taken = perf_counter() - began
        redis.unlink("bare")
        return members / taken

    return bare
