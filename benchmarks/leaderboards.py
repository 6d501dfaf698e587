"""Part: a leaderboard of a million members, beside the barest commands on the same sorted set."""

import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import text

from app.config import Config
from app.domain import leaderboards
from app.domain.leaderboards import Window
from app.leaderboards import Asked, Leaderboards
from app.models import Plant
from app.models.schema import migrate
from app.parts import Parts, build_parts
from app.streams import connect
from benchmarks.rounds import Compared, in_turns, rate
from benchmarks.sessions.measure import machine
from lab.engines import Postgres, Valkey

MEMBERS = 1_000_000
TIMES, ROUNDS = 200, 15
PAGE, BESIDE, CHANGED = 25, 5, 100
REBUILDS = 2
# As many rows a statement: none may take as long as a page may not.
LAID = 50_000
EVER = Window(kind="all", key="all", zone="UTC")
# The plant and its board are the first of a new database.
RANKING = leaderboards.ranking(1, "operators", EVER.key)
# As `make run` has, and room for a million.
MEGABYTES = "512mb"


MEANS = {
    "rank": "a member's place among ties, its score and percentile; against ZREVRANK.",
    "page": f"{PAGE} members anywhere, with places and the count; against ZREVRANGE of as many "
    "with scores.",
    "around": f"a member and {BESIDE} on either side, with places; against ZREVRANK and then "
    "ZREVRANGE, two round trips.",
    "changing": f"`apply` of {CHANGED} totals from a version to the next; against ZADD of as many.",
    "by the database": "around a member from PostgreSQL, as while there is no copy; against the "
    "same from the cache.",
    "built anew": "every member read from PostgreSQL by a cursor, written into a draft a thousand "
    "at a time, and renamed; against ZADD of a thousand at a time, ready in memory beforehand.",
}
UNITS = {"changing": "changes"}
_BOARD = text(
    "INSERT INTO leaderboard (plant_id, board, window_key) VALUES (1, 'operators', 'all')"
).execution_options(cache_tags=())
# Scores as people have them: most in the middle, many the same.
_TOTALS = text(
    "INSERT INTO leaderboard_total SELECT 1, lpad(CAST(n AS text), 7, '0'),"
    " CAST(100000 * (random() + random() + random()) AS int), 1"
    " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
).execution_options(cache_tags=())


@dataclass(frozen=True, slots=True)
class Measured:
    """What our steps cost in turns with bare commands; `taken` is of a member, in bytes."""

    machine: str
    compared: list[Compared]
    taken: float


def measure(tell: Callable[[str], None]) -> Measured:
    """With engines of its own."""
    on = machine()
    with tempfile.TemporaryDirectory(prefix="andon-boards-") as name:
        valkey = Valkey(Path(name) / "valkey", maxmemory=MEGABYTES)
        postgres = Postgres(Path(name) / "postgres")
        try:
            for engine in (valkey, postgres):
                engine.start()
            parts = build_parts(_config(valkey, postgres))
            tell(f"leaderboards: {MEMBERS:,} members into PostgreSQL")
            _lay_out(parts)
            compared, taken = _compared(parts, tell)
            parts.cache.close()
            parts.database.engine.dispose()
            parts.redis.close()
        finally:
            postgres.stop()
            valkey.stop()
    return Measured(on, compared, taken)


def means(measured: Measured) -> str:
    """What each row is, and what it is compared with."""
    rows = "\n".join(f"- **{each.name}**: {each.means}" for each in measured.compared)
    return (
        f"{MEMBERS:,} members with names of seven digits; a member takes **{measured.taken:.0f} "
        f"bytes** of the cache.\n\n{rows}"
    )


def numbers(measured: Measured) -> dict[str, object]:
    return {
        "machine": measured.machine,
        "bytes per member": round(measured.taken, 1),
        "compared": [
            {"name": each.name, "unit": each.unit, "ours": each.ours, "bare": each.bare}
            for each in measured.compared
        ],
    }


def _config(valkey: Valkey, postgres: Postgres) -> Config:
    return Config(
        secret_key="of a benchmark, and of nothing else",  # noqa: S106 (nobody signs in)
        database_url=postgres.url,
        cache_url=valkey.url,
        environment="development",
    )


def _lay_out(parts: Parts) -> None:
    migrate(parts.database.engine)
    with parts.database.transaction() as session:
        session.add(Plant(slug="north", name="North", time_zone="UTC"))
        session.flush()
        session.execute(_BOARD)
        for first in range(0, MEMBERS, LAID):
            session.execute(_TOTALS, {"first": first + 1, "last": first + LAID})
    with parts.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE leaderboard_total")


def _compared(parts: Parts, tell: Callable[[str], None]) -> tuple[list[Compared], float]:
    tell("leaderboards: built anew")
    rebuilding = _rebuilding(parts)
    bench = Bench(parts)
    # A draft would be counted with it: it is gone by now.
    taken = parts.redis.memory_usage(RANKING.members, samples=5_000) or 0
    found = []
    for name in list(MEANS)[:-1]:
        tell(f"leaderboards: {name}")
        found.append(bench.compare(name))
    return [*found, rebuilding], taken / MEMBERS


def _rebuilding(parts: Parts) -> Compared:
    """All from PostgreSQL into a draft, and renamed; against ZADDs of what is ready in memory."""
    with parts.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT member, score FROM leaderboard_total")).all()
    ready = [
        [part for row in rows[first : first + 1000] for part in (row.score, row.member)]
        for first in range(0, MEMBERS, 1000)
    ]

    redis: Any = parts.redis

    def ours() -> float:
        parts.redis.unlink(RANKING.members, RANKING.mark)
        began = perf_counter()
        leaderboards.bring_up_to_date(parts.database, parts.leaderboards, now=datetime.now(UTC))
        return MEMBERS / (perf_counter() - began)

    def bare() -> float:
        began = perf_counter()
        for pairs in ready:
            redis.execute_command("ZADD", "bare", *pairs)
        taken = perf_counter() - began
        parts.redis.unlink("bare")
        return MEMBERS / taken

    # The bare one first, so that ours is left.
    bares, olds = in_turns(bare, ours, rounds=REBUILDS)
    return Compared("built anew", "members/s", MEANS["built anew"], olds, bares)


class Bench:
    """Our steps and bare commands, for members picked by chance."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._redis: Any = parts.redis
        self._boards: Leaderboards = parts.leaderboards
        self._chance = random.Random(1)  # noqa: S311 (whom to ask about)
        # A database of the same server in which there is no copy.
        self._absent = Leaderboards(connect(parts.config.cache_url.removesuffix("0") + "1"))
        self._version = 1
        with parts.database.engine.connect() as connection:
            self._epoch = str(connection.exec_driver_sql("SELECT epoch FROM leaderboard").scalar())

    def compare(self, name: str) -> Compared:
        ours, bare = self._ways()[name]
        times = 5 if name == "by the database" else TIMES
        found = in_turns(
            lambda: rate(ours, times=times), lambda: rate(bare, times=times), rounds=ROUNDS
        )
        return Compared(name, f"{UNITS.get(name, 'looks')}/s", MEANS[name], *found)

    def _ways(self) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
        return {
            "rank": (
                lambda: self._look(Asked(0, 0, self._member())),
                lambda: self._redis.zrevrank(RANKING.members, self._member()),
            ),
            "page": (
                lambda: self._look(Asked(PAGE, self._offset())),
                lambda: self._stretch(self._offset(), PAGE),
            ),
            "around": (lambda: self._look(self._asked()), self._around),
            "changing": (self._change, lambda: self._redis.zadd("bare", dict(self._changes()))),
            "by the database": (self._by_database, lambda: self._look(self._asked())),
        }

    def _asked(self) -> Asked:
        return Asked(0, 0, self._member(), BESIDE)

    def _member(self) -> str:
        return f"{self._chance.randint(1, MEMBERS):07}"

    def _offset(self) -> int:
        return self._chance.randint(0, MEMBERS - PAGE)

    def _look(self, asked: Asked) -> None:
        if self._boards.look(RANKING, asked) is None:
            raise AssertionError("there is no copy")

    def _stretch(self, first: int, count: int) -> Any:  # noqa: ANN401 (redis-py's)
        return self._redis.zrevrange(RANKING.members, first, first + count - 1, withscores=True)

    def _around(self) -> None:
        position = self._redis.zrevrank(RANKING.members, self._member())
        self._stretch(max(0, position - BESIDE), 2 * BESIDE + 1)

    def _changes(self) -> Iterator[tuple[str, int]]:
        return ((self._member(), self._chance.randint(0, 300_000)) for _ in range(CHANGED))

    def _change(self) -> None:
        terms = {"epoch": self._epoch, "since": self._version, "version": self._version + 1}
        now = datetime.now(UTC)
        self._version = self._boards.apply(RANKING, list(self._changes()), **terms, at=now) or 0  # type: ignore[arg-type]

    def _by_database(self) -> None:
        with self._parts.database.transaction() as session:
            leaderboards.standing(
                session,
                self._absent,
                plant_id=1,
                board="operators",
                window=EVER,
                asked=self._asked(),
                now=datetime.now(UTC),
            )
