"""Curves of a leaderboard: what a look, a member and a build cost with more members."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from app.leaderboards import Asked, Leaderboards, Ranking
from app.streams import connect
from benchmarks.boards.million import MEGABYTES
from benchmarks.scale.curves import Curve, curve
from lab.engines import Valkey

MEMBERS = (250_000, 500_000, 1_000_000)
LOOKS = 2_000
OF = "members"


def measure(tell: Callable[[str], None]) -> list[Curve]:
    looked: dict[int, float] = {}
    taken: dict[int, float] = {}
    built: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="andon-scale-") as name:
        valkey = Valkey(Path(name) / "valkey", maxmemory=MEGABYTES)
        try:
            valkey.start()
            with connect(valkey.url) as redis:
                for members in MEMBERS:
                    tell(f"members: {members:,}")
                    looked[members], taken[members], built[members] = _of(redis, members)
        finally:
            valkey.stop()
    return [
        curve("look around a member", OF, "µs of Valkey", looked, "the logarithm of members"),
        curve("member, memory", OF, "bytes", taken, "a node's memory: shards by board"),
        curve("member, built", OF, "µs", built, "one builder, a thousand at a time"),
    ]


def _of(redis: Any, members: int) -> tuple[float, float, float]:  # noqa: ANN401 (redis-py's)
    redis.flushall()
    boards, ranking = Leaderboards(redis), Ranking("scale", "all")
    began = perf_counter()
    now = datetime.now(UTC)
    boards.build(ranking, _totals(members), epoch="scale", version=1, at=now)
    built = (perf_counter() - began) * 1e6 / members
    boards.look(ranking, Asked(0, 0, "0000001", 5))  # the script is known
    redis.config_resetstat()
    for number in range(LOOKS):
        boards.look(ranking, Asked(0, 0, f"{number * 7919 % members:07}", 5))
    looked = redis.info("commandstats")["cmdstat_evalsha"]["usec_per_call"]
    taken = redis.memory_usage(ranking.members, samples=5_000) / members
    return float(looked), taken, built


def _totals(members: int) -> Iterator[tuple[str, int]]:
    # A score for each, spread without order, many the same.
    return ((f"{number:07}", number * 7919 % 300_000) for number in range(members))
