"""One landing stream's way into the database."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from redis.exceptions import ResponseError
from sqlalchemy.exc import DataError, IntegrityError

from app.commands.drain.naming import NotTaken, named
from app.commands.drain.patience import PASSING, Patience
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.domain import leaderboards, telemetry
from app.models import Unreadable
from app.parts import Parts
from app.streams import Entry

log = structlog.get_logger(__name__)

# 64 batches of 100 readings are one COPY of 6,400 rows: larger ones gain nothing and hold a
# transaction, and its locks on the newest values, for longer.
MOST = 64
# Below the client's socket timeout, and short enough that SIGTERM is heard at once.
WAIT = timedelta(seconds=0.5)
# A drain that holds a batch this long is dead; were it only slow, storing twice is harmless.
ABANDONED_AFTER = timedelta(seconds=30)
RECLAIM_EVERY_SECONDS = 10.0

# What is wrong with a batch rather than with a neighbour.
UNSTORABLE = (msgspec.DecodeError, NotTaken, IntegrityError, DataError)


class Lander:
    """Takes batches from one stream, stores them, and only then lets the stream forget them."""

    def __init__(
        self,
        parts: Parts,
        stream: str,
        *,
        teller: Teller,
        ranker: Ranker,
        stopping: threading.Event,
    ) -> None:
        self._parts = parts
        self._stream = stream
        self._name = parts.config.instance_id
        self._teller = teller
        self._ranker = ranker
        self._stopping = stopping
        # What this drain took before it was killed comes first, under the same name.
        self._unfinished = True
        self._reclaimed_at = time.monotonic()

    def run(self) -> None:
        """Move batches until told to stop; an outage of either neighbour is waited out."""
        patience = Patience(self._stopping)
        opened = False
        while not self._stopping.is_set():
            try:
                if not opened:
                    self._parts.landing.open(self._stream)
                    opened = True
                self.move(self._next())
                patience.reset()
            except PASSING as fault:
                self._unfinished = True
                patience.after(fault)
            except ResponseError as error:
                # The stream or its group is gone: the cache was wiped. It is made anew.
                if "NOGROUP" not in str(error):
                    raise
                opened = False

    def move(self, entries: Sequence[Entry]) -> None:
        """Store the entries and let go of them; those that cannot be stored are set aside."""
        if not entries:
            return
        try:
            self._store(entries)
        except UNSTORABLE:
            for entry in entries:
                self._store_or_set_aside(entry)
        # Only now: a crash before this line stores the batch again, which is harmless;
        # a crash after an early `done` would lose it.
        self._parts.landing.done(self._stream, entries)

    def _next(self) -> list[Entry]:
        landing = self._parts.landing
        if self._unfinished:
            entries = landing.mine(self._stream, self._name, most=MOST)
            self._unfinished = bool(entries)
            if entries:
                return entries
        if time.monotonic() - self._reclaimed_at >= RECLAIM_EVERY_SECONDS:
            self._reclaimed_at = time.monotonic()
            entries = landing.reclaim(self._stream, self._name, most=MOST, idle=ABANDONED_AFTER)
            if entries:
                log.info("drain.reclaimed", stream=self._stream, batches=len(entries))
                return entries
        return landing.take(self._stream, self._name, most=MOST, wait=WAIT)

    def _store(self, entries: Sequence[Entry]) -> None:
        with self._parts.database.transaction() as session:
            stored = telemetry.store(session, named(session, entries, now=datetime.now(UTC)))
            # Here and nowhere else: what is new is counted with the commit that stores it, or not.
            made = [
                leaderboards.Made(row.line_id, row.operator_id, row.at, row.good)
                for row in stored.output
            ]
            leaderboards.count(session, made, now=datetime.now(UTC))
        self._teller.changed(stored.line_ids)
        if made:
            self._ranker.wake()

    def _store_or_set_aside(self, entry: Entry) -> None:
        try:
            self._store([entry])
        except UNSTORABLE as error:
            why = _printable(str(error).partition("\n")[0])
            log.warning("telemetry.set_aside", source=entry.source, why=why)
            with self._parts.database.transaction() as session:
                telemetry.set_aside(
                    session,
                    Unreadable(
                        entry_id=f"{self._stream} {entry.id.decode()}",
                        source=entry.source,
                        kind=entry.kind,
                        batch=entry.batch,
                        why=why[:400],
                        seen_at=datetime.now(UTC),
                    ),
                )


def _printable(text: str) -> str:
    """Without what PostgreSQL takes in no text: a refusal may quote a field that has NUL in it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
