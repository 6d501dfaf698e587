"""The face: ask a query, get an answer that is as new as the database's."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.cache import queries
from app.cache.breaker import Breaker
from app.cache.checking import Checker
from app.cache.fencing import Fence
from app.cache.filling import Filler, Question, valid
from app.cache.judge import Judge
from app.cache.keeping import Housekeeper
from app.cache.ledger import Ledger, Noted
from app.cache.near import Kept, NearCache, kept
from app.cache.nearness import SHARED_BYTES, Nearness
from app.cache.queries import QUERIES, Entity, Query
from app.cache.store import PASSING, Sight, Store
from app.cache.touching import touched
from app.cache.valkey import ValkeyStore

log = structlog.get_logger(__name__)

# What another transaction holds is paid when that one has ended.
_OWED = text(
    "DELETE FROM cache_debt WHERE id IN"
    " (SELECT id FROM cache_debt"
    " WHERE owed_by IS NULL OR pg_xact_status(owed_by::text::xid8) <> 'in progress'"
    " FOR UPDATE SKIP LOCKED) RETURNING tag"
)

# A writer refreshes no more than this before its commit returns; the rest is filled when read.
MOST_WRITTEN_THROUGH = 32


class QueryCache:
    """Answers queries from the cache where that is as good as asking the database (S1 and S2).

    `aside` is an engine of its own on the same primary, so that the cache's questions never wait
    for a connection that a request holds. One in `check_one_in` hits is compared with the database.
    Where it `answers` nothing, the database is asked each time; commits are told all the same, so
    that other processes may answer beside this one.
    """

    def __init__(
        self,
        store: Store,
        aside: Engine,
        *,
        answers: bool = True,
        check_one_in: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._answers = answers
        self.judge = Judge(aside)
        self.ledger = Ledger()
        self._aside = aside
        self._breaker = Breaker(clock)
        self.fence = Fence(store, aside) if isinstance(store, ValkeyStore) else None
        self._near = Nearness(store, NearCache(SHARED_BYTES))
        self._filler = Filler(store, aside, self.judge, self.ledger)
        self._housekeeper = Housekeeper(store, self.ledger)
        self._housekeeper.start()
        self._checker = Checker(store, self._filler, self.ledger, one_in=check_one_in)

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """This process's counts, by query and by what happened."""
        return self.ledger.counts

    def rows(self, session: Session, query: Query, **parameters: object) -> tuple[Any, ...]:
        """The answer, as immutable records."""
        if not self._answers:
            return self._bypass(session, query, parameters)
        asked = query.asked(queries.spelled(parameters))
        if not touched(session).isdisjoint(asked.tags):
            return self._bypass(session, query, parameters)
        if query.policy.near == "tracked" and self._near.needs_no_proof(self.ledger.noted):
            near = self._near.own.get(asked.digest)
            if near is not None and time.time() < near.quiet_until:
                return self._hit(query, asked.digest, near, "near")
        if not self._breaker.lets_through():
            return self._bypass(session, query, parameters)
        question = Question(query, parameters, asked)
        try:
            records = self._ask(question)
        except PASSING as fault:
            self._failed(fault)
            return self._bypass(session, query, parameters)
        self._breaker.worked()
        return self._bypass(session, query, parameters) if records is None else records

    def one(self, session: Session, entity: Entity, key: object) -> Any | None:  # noqa: ANN401 (the entity's record)
        """The row with that primary key as an immutable record, or None."""
        records = self.rows(session, entity, key=key)
        return records[0] if records else None

    def pay(self) -> int:
        """Expel what commits could not expel while the cache was away; give how many tags."""
        with self._aside.begin() as connection:
            owed = connection.execute(_OWED).scalars().all()
            if owed:
                # Before this DELETE commits: what fails here is owed still.
                self.store.renew(sorted(set(owed)))
        if self.fence is not None:
            self.fence.keep_up()
        return len(owed)

    def close(self) -> None:
        """End housekeeping and all connections; a cache that is asked again dials again."""
        self._housekeeper.stop()
        self.store.hang_up()

    @contextmanager
    def noting(self) -> Iterator[Noted]:
        """Note how the answers in this context come about: the context of one request."""
        with self.ledger.noting() as noted:
            self._near.follow(noted)
            yield noted

    def written(self, tags: frozenset[str]) -> None:
        """A commit touched these: fill what is written through. It never fails the writer."""
        if not self._answers:
            return
        questions = [
            Question(query, dict(it), query.asked(it))
            for query in list(QUERIES.values())
            if query.policy.strategy == "write_through"
            for it in query.touched_by(tags)
        ]
        try:
            for question in questions[:MOST_WRITTEN_THROUGH]:
                self._filler.write_through(question)
        except (*PASSING, SQLAlchemyError) as fault:
            log.warning("cache.not_written_through", fault=type(fault).__name__)

    def _ask(self, question: Question) -> tuple[Any, ...] | None:
        began = time.perf_counter()
        found, sight = self._find(question)
        noted = self.ledger.noted
        if noted is not None:
            noted.cache_seconds += time.perf_counter() - began
        if found is not None:
            return self._served(question, *found, sight)
        filled = self._filler.fill(question, sight)
        if filled is None:
            return None
        self.ledger.note(question.query, filled.outcome)
        return filled.records

    def _find(self, question: Question) -> tuple[tuple[Kept, str] | None, Sight]:
        """A valid answer and how it was found, and what was seen with it."""
        query, _, (digest, tags) = question
        cache = self._near.cache_for(query)
        if cache is not None and (near := cache.get(digest)) is not None:
            sight = self.store.validate(tags)
            if sight.seal == near.seal:
                return (near, "near"), sight
        sight = self.store.look(digest, tags)
        answer = valid(sight)
        if answer is None or sight.seal is None:
            return None, sight
        depends_on = self._near.depends_on(query, question.asked)
        found = kept(query.decode(answer.body), answer, sight.seal, depends_on)
        if cache is not None:
            cache.put(digest, found)
        return (found, "hit"), sight

    def _served(
        self, question: Question, found: Kept, outcome: str, sight: Sight
    ) -> tuple[Any, ...] | None:
        """The answer found, or a newer one if its time is over or soon will be."""
        query, now = question.query, time.time()
        is_stale = found.answer.is_stale(now)
        if is_stale or found.answer.is_due(now):
            try:
                anew = self._filler.refresh(question, sight)
            except SQLAlchemyError as fault:
                log.warning("cache.not_refreshed", fault=type(fault).__name__)
                anew = None
            if anew is not None:
                self.ledger.note(query, "fill")
                return anew
        lie = self._checker.truth(question, sight, found.records)
        if lie is not None:
            self.ledger.note(query, "bypass")
            return lie
        digest = question.asked.digest
        return self._hit(query, digest, found, "stale" if is_stale else outcome)

    def _hit(self, query: Query, digest: str, found: Kept, outcome: str) -> tuple[Any, ...]:
        if query.policy.strategy == "write_through":
            self.ledger.was_read(digest)
        self.ledger.note(query, outcome, saved_seconds=found.answer.cost)
        return found.records

    def _bypass(
        self, session: Session, query: Query, parameters: dict[str, object]
    ) -> tuple[Any, ...]:
        rows = session.execute(query.statement, parameters).all()
        self.ledger.note(query, "bypass")
        return query.records(rows)

    def _failed(self, fault: Exception) -> None:
        self._breaker.failed()
        self.ledger.add("cache", "away")
        log.warning("cache.away", fault=type(fault).__name__)
