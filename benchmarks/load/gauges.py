"""What the plant says of itself while it is under load, once a second."""

import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Self

import urllib3
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import Database
from benchmarks.load.files import append

FILE = "gauges.jsonl"
EVERY_SECONDS = 1.0
ASK_SECONDS = 5.0
# A gauge's name, and the total that grows by it; the levels below are taken as they are.
GROWING = {
    "cache_asked": "andon_answers_total",
    "cache_hits": "andon_spared_total",
    "database_transactions": "andon_transactions_total",
    "database_queries": "statements",
    "readings_stored": "readings",
}
LEVELS = {"stream_lag": "andon_waiting"}
LIES, ANSWERS = "andon_lies_total", "andon_answers_total"

Totals = Mapping[str, float]

_COUNTING = text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execution_options(
    cache_tags=()
)
_COUNTED = text(
    "SELECT (SELECT sum(calls) FROM pg_stat_statements) AS statements,"
    " (SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE relname ~ '^reading(_|$)') AS readings"
)


class Metrics:
    """`/metrics` of an instance, by loopback or with the token for it; {} where it is silent."""

    def __init__(self, url: str, *, token: str | None) -> None:
        self._url = f"{url}/metrics"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def totals(self) -> Totals:
        try:
            answer = urllib3.request(
                "GET", self._url, headers=self._headers, timeout=ASK_SECONDS, retries=False
            )
        except urllib3.exceptions.HTTPError:
            return {}
        if answer.status != HTTPStatus.OK:
            return {}
        families = text_string_to_metric_families(answer.data.decode())
        # Of the whole only; those by query have labels.
        return {
            sample.name: sample.value
            for family in families
            for sample in family.samples
            if not sample.labels
        }


class Statements:
    """What a PostgreSQL that counts statements has counted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as session:
            session.execute(_COUNTING)

    def totals(self) -> Totals:
        try:
            with self._database.transaction() as session:
                return dict(session.execute(_COUNTED).mappings().one())
        except SQLAlchemyError:
            return {}


class Gauges:
    """Within its context, a line a second of what the sources say; and all they said last."""

    def __init__(self, folder: Path, *sources: Callable[[], Totals]) -> None:
        self._file = folder / FILE
        self._sources = sources
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.first: Totals = {}
        self.last: Totals = {}

    def __enter__(self) -> Self:
        self.first = self.last = self._asked()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def grown(self, name: str) -> float | None:
        """By how much a total has grown; None where nobody said."""
        if name not in self.first or name not in self.last:
            return None
        return self.last[name] - self.first[name]

    def _watch(self) -> None:
        before, then = self.first, time.monotonic()
        while not self._ending.wait(EVERY_SECONDS):
            totals, now = self._asked(), time.monotonic()
            # What was not told once is a gap, and no peak when it is told again.
            append(self._file, [changes(before, totals, seconds=now - then)])
            before, then = totals, now
            self.last = {**self.last, **totals}

    def _asked(self) -> Totals:
        return {name: value for source in self._sources for name, value in source().items()}


def changes(before: Totals, now: Totals, *, seconds: float) -> dict[str, float]:
    """What each gauge shows; unknown ones are left out."""
    found = {
        gauge: round(max(0.0, float(now[total]) - float(before[total])) / seconds, 2)
        for gauge, total in GROWING.items()
        if total in before and total in now
    }
    found |= {gauge: now[level] for gauge, level in LEVELS.items() if level in now}
    return {"at": int(time.time()), **found}
