"""Figure: the drain, against a bare COPY and INSERT of as many rows."""

import io
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg2.extensions

from app.commands.drain.lander import MOST, WAIT, Lander
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.domain import telemetry
from app.domain.telemetry.batches import landed_readings
from app.parts import Parts
from app.streams import Entry, Landing
from benchmarks.batches import PLANT_ID, READINGS, Numbering
from benchmarks.instance import Instance
from benchmarks.rounds import Compared, in_turns

DRAIN = "bench"
ROWS = MOST * READINGS

MEANS = (
    f"`Lander.move` of {MOST} batches, {ROWS:,} readings in one transaction, the entries "
    "acknowledged and deleted at the end; against a COPY of as many rows of the same sensors into "
    "an unlogged staging table, INSERT … ON CONFLICT DO NOTHING into the same table, and COMMIT, "
    "the text for COPY ready beforehand. Our side decodes the entries, writes that text, and keeps "
    "the newest value of each sensor and line, and holds the sensors to their limits, within which "
    "they all are. Taking the entries from the stream, and judging and announcing lines, are left "
    "out."
)


class Bench:
    """Both ways into the table `reading`, each with rows that were never there."""

    def __init__(self, parts: Parts, connection: psycopg2.extensions.connection) -> None:
        # One stream of its own: what is in it is all for one drain.
        landing = Landing(parts.redis, streams=1, bound_bytes=1_000_000_000, prefix="bench")
        self._parts = replace(parts, landing=landing)
        self._stream = landing.streams[0]
        landing.open(self._stream)
        stopping = threading.Event()
        self._lander = Lander(
            self._parts,
            self._stream,
            teller=Teller(self._parts, stopping),
            ranker=Ranker(self._parts, stopping),
            stopping=stopping,
        )
        self._names = telemetry.Directory(time.monotonic)
        with parts.database.transaction() as session:
            self._names.refresh(session)
        self._numbering = Numbering()
        self._connection = connection
        self._execute("CREATE UNLOGGED TABLE staged_bare AS TABLE reading WITH NO DATA")

    def ours(self) -> float:
        """Rows a second through the lander."""
        entries = self._landed()
        began = time.perf_counter()
        self._lander.move(entries)
        return ROWS / (time.perf_counter() - began)

    def bare(self) -> float:
        """Rows a second through COPY and INSERT alone."""
        lines = "".join(
            f"{row.sensor_id}\t{row.at}\t{row.value}\n"
            for batch in self._accepted()
            for row in landed_readings(batch)
        )
        self._execute("TRUNCATE staged_bare")
        began = time.perf_counter()
        with closing(self._connection.cursor()) as cursor:
            cursor.copy_expert("COPY staged_bare FROM STDIN", io.StringIO(lines))
            cursor.execute("INSERT INTO reading SELECT * FROM staged_bare ON CONFLICT DO NOTHING")
        self._connection.commit()
        return ROWS / (time.perf_counter() - began)

    def _accepted(self) -> list[bytes]:
        now = datetime.now(UTC)
        return [
            telemetry.accept_readings(
                self._numbering.batch(number).body, names=self._names, plant_id=PLANT_ID, now=now
            ).batch
            for number in range(MOST)
        ]

    def _landed(self) -> Sequence[Entry]:
        landing = self._parts.landing
        for batch in self._accepted():
            landing.add(batch, source=DRAIN, kind="readings")
        return landing.take(self._stream, DRAIN, most=MOST, wait=WAIT)

    def _execute(self, statement: str) -> None:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
        self._connection.commit()


def compare(instance: Instance) -> Compared:
    with closing(instance.postgres.connect()) as connection:
        bench = Bench(instance.parts, connection)
        return Compared("draining", "rows/s", MEANS, *in_turns(bench.ours, bench.bare), "COPY")
