"""The fleet in numbers, once a second: what changed since the second before, and how it stands."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from app.cache import PASSING as CACHE_PASSING
from app.database import PASSING as DATABASE_PASSING
from app.domain import operations
from app.parts import session_rules
from app.streams import PASSING as STREAMS_PASSING
from lab.cluster.fleet import Fleet

PASSING = (*CACHE_PASSING, *DATABASE_PASSING, *STREAMS_PASSING)
# What `operations.numbers` calls them, and what they are called here.
COUNTED = {
    "answers_total": "cache_asked",
    "spared_total": "cache_hits",
    "transactions_total": "database_transactions",
    "landed_total": "batches_landed",
    "taken_total": "batches_taken",
    "evicted_total": "evicted",
    "lies_total": "lies",
}
# Statements of everybody, and readings that were ever stored.
COUNTED_THERE = """
SELECT (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements) AS statements,
  (SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables
   WHERE starts_with(relname, 'reading')) AS readings
"""
IN_THE_DATABASE = {"statements": "database_queries", "readings": "readings_stored"}
STANDING = {"waiting": "stream_lag", "memory_bytes": "memory_bytes", "debts": "debts"}


class Gauges:
    """Asks all parts of a fleet how they are; what does not answer just now is left out."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._before: dict[str, float] = {}
        self._read_bytes = 0

    def read(self) -> dict[str, float]:
        """How the fleet stands, and what it did since this was asked before."""
        fleet = self._fleet
        told: dict[str, float] = {
            "at": time.time(),
            "instances_up": sum(map(fleet.balancer.is_in_service, _names(fleet))),
            "requests": self._requests(fleet.balancer.access_log),
        }
        with suppress(*PASSING):
            numbers = self._numbers()
            told |= {name: numbers[theirs] for theirs, name in STANDING.items()}
            told |= self._since(numbers, COUNTED)
        with suppress(*PASSING):
            told |= self._since(self._of_the_database(), IN_THE_DATABASE)
        return told

    def _numbers(self) -> dict[str, float]:
        parts, now = self._fleet.parts, datetime.now(UTC)
        with parts.database.transaction() as session:
            told = operations.vitals(
                session,
                store=parts.cache.store,
                landing=parts.landing,
                redis=parts.redis,
                now=now,
                idle=session_rules(parts.config).idle,
            )
        return operations.numbers(told)

    def _since(self, numbers: dict[str, float], names: dict[str, str]) -> dict[str, float]:
        now = {name: numbers[theirs] for theirs, name in names.items()}
        grown = growth(self._before, now)
        self._before |= now
        return grown

    def _of_the_database(self) -> dict[str, float]:
        with self._fleet.parts.database.engine.connect() as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            counted = connection.exec_driver_sql(COUNTED_THERE).mappings().one()
            connection.commit()
            return {name: float(value) for name, value in counted.items()}

    def _requests(self, log: Path) -> int:
        """Lines that the balancer's log has got."""
        if not log.exists():
            return 0
        with log.open("rb") as lines:
            lines.seek(self._read_bytes)
            fresh = lines.read()
        self._read_bytes += len(fresh)
        return fresh.count(b"\n")


def _names(fleet: Fleet) -> list[str]:
    return [instance.name for instance in fleet.instances]


def growth(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """By how much each has grown; one that is new, or fell and so began anew, is not known."""
    return {
        name: value - before[name]
        for name, value in now.items()
        if name in before and before[name] <= value
    }
