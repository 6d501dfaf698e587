"""A miss: the query is run by one of all who miss it, and kept under what was seen before."""

import secrets
import time
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.cache import answers
from app.cache.answers import Answer
from app.cache.flights import Flights
from app.cache.judge import Judge
from app.cache.ledger import Ledger
from app.cache.queries import Asked, Query
from app.cache.store import Sight, Store

log = structlog.get_logger(__name__)

# How long a waiter sleeps between two looks, first and last.
POLL_SECONDS = (0.002, 0.02)


class Filled(NamedTuple):
    """An answer, and how it came about: `fill` or `wait`."""

    records: tuple[Any, ...]
    outcome: str


class Question(NamedTuple):
    """A query, its parameters, and where its answer is kept."""

    query: Query
    parameters: dict[str, object]
    asked: Asked


class Filler:
    """Runs queries on an engine of its own and keeps what they answer.

    Not in the caller's transaction: its snapshot may be older than the tokens, and an old snapshot
    kept under new tokens is the classic poison. Each query is a transaction of its own here, on
    the primary, under READ COMMITTED.
    """

    def __init__(self, store: Store, aside: Engine, judge: Judge, ledger: Ledger) -> None:
        self._store = store
        self._engine = aside.execution_options(isolation_level="AUTOCOMMIT")
        self._judge = judge
        self._ledger = ledger
        self._flights = Flights()
        self._refused: set[str] = set()

    def fill(self, question: Question, sight: Sight) -> Filled | None:
        """The answer; None if it depends on what is being written, and cannot be kept."""
        asked, wait = question.asked, question.query.policy.wait
        deadline = time.monotonic() + wait.total_seconds()
        while (sight := self._opened(asked, sight)).seal is not None:
            left = max(0.0, deadline - time.monotonic())
            with self._flights.lead(asked.digest, seconds=left) as leads:
                if leads or not left:
                    return self._compete(question, sight, deadline)
            sight = self._store.look(asked.digest, asked.tags)
            if (answer := valid(sight)) is not None:
                return Filled(question.query.decode(answer.body), "wait")
        return None

    def refresh(self, question: Question, sight: Sight) -> tuple[Any, ...] | None:
        """The answer anew, if nobody else is at it."""
        digest, name = question.asked.digest, secrets.token_hex(8)
        if not self._store.take_off(digest, name=name, bound=question.query.policy.wait / 2):
            return None
        try:
            return self.run_and_keep(question, sight)
        finally:
            self._store.land(digest, name=name)

    def write_through(self, question: Question) -> None:
        """Fill in the writer's stead of the next reader, if nobody else is writing."""
        digest, tags = question.asked
        sight = self._opened(question.asked, self._store.look(digest, tags))
        if sight.seal is not None:
            self.run_and_keep(question, sight)
            self._ledger.written_through(question.query, digest)

    def run_and_keep(self, question: Question, sight: Sight) -> tuple[Any, ...]:
        """The database's answer, kept under what was seen before it was asked."""
        query = question.query
        began = time.perf_counter()
        records = self.run(question)
        cost = time.perf_counter() - began
        fresh_for = answers.freshness(query.policy, empty=not records)
        body = msgspec.msgpack.encode(records)
        if len(body) > query.policy.largest_bytes:
            self._refuse(query, len(body))
        elif sight.seal is not None and fresh_for > timedelta(0):
            kept = answers.seal(sight.seal, body, fresh_for=fresh_for, cost=cost)
            ttl = fresh_for + query.policy.stale_for
            self._store.keep(question.asked.digest, kept, ttl=ttl)
            self._ledger.add(query.name, "bytes", len(kept))
        return records

    def run(self, question: Question) -> tuple[Any, ...]:
        """The database's answer just now."""
        with self._engine.connect() as connection:
            rows = connection.execute(question.query.statement, question.parameters).all()
        return question.query.records(rows)

    def _compete(self, question: Question, sight: Sight, deadline: float) -> Filled | None:
        """Be the one of all processes who runs it, or wait for who is; but not past the bound."""
        asked, name = question.asked, secrets.token_hex(8)
        # A holder that died holds up the others for half the bound: the other half is theirs.
        lease = question.query.policy.wait / 2
        pause, longest = POLL_SECONDS
        taken = self._store.take_off(asked.digest, name=name, bound=lease)
        while not taken and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(longest, pause * 2)
            sight = self._store.look(asked.digest, asked.tags)
            if (answer := valid(sight)) is not None:
                return Filled(question.query.decode(answer.body), "wait")
            if (sight := self._opened(asked, sight)).seal is None:
                return None
            taken = self._store.take_off(asked.digest, name=name, bound=lease)
        try:
            return Filled(self.run_and_keep(question, sight), "fill")
        except PoolTimeout:
            # Too many fills at once: the caller has a connection, or waits for one, of its own.
            log.warning("cache.no_connection")
            return None
        finally:
            if taken:
                self._store.land(asked.digest, name=name)

    def _opened(self, asked: Asked, sight: Sight) -> Sight:
        if sight.seal is not None:
            return sight
        return self._store.mend(asked.tags, sight, self._judge)

    def _refuse(self, query: Query, size: int) -> None:
        self._ledger.add(query.name, "refused")
        if query.name not in self._refused:
            self._refused.add(query.name)
            most = query.policy.largest_bytes
            log.warning("cache.answer_too_large", query=query.name, bytes=size, largest=most)


def valid(sight: Sight) -> Answer | None:
    """The answer that was seen, if it was filled under what was seen with it."""
    if sight.answer is None or sight.seal is None:
        return None
    return answers.unseal(sight.answer, sight.seal)
