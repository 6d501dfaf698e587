"""The face: ask a query, get an answer that is as new as the database's."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from app.cache import answers, layout
from app.cache.answers import Asked, Query
from app.cache.bracket import BracketedConnection
from app.cache.breaker import Breaker
from app.cache.judge import Judge
from app.cache.store import PASSING, Store

log = structlog.get_logger(__name__)

# A writer that has not finished after this long is asked after.
SLOW_WRITER_SECONDS = 1.0
POLL_SECONDS = 0.005

_CONNECTION = "cache.connection"

# How an answer came about, from best to worst; a response tells the worst of its answers.
OUTCOMES = ("hit", "fill", "wait", "bypass")


class QueryCache:
    """Answers queries from the cache where that is as good as asking the database (S1 and S2)."""

    def __init__(
        self, store: Store, engine: Engine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._engine = engine
        self._judge = Judge(engine)
        self._breaker = Breaker(clock)
        self._clock = clock
        self._name = secrets.token_hex(8)
        self.counts: Counter[tuple[str, str]] = Counter()
        self._noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)

    def rows(self, session: Session, query: Query, **parameters: object) -> list[Any]:
        """The answer, as immutable records."""
        asked = query.asked(answers.spelled(parameters))
        if self._has_written(session, asked):
            return self._bypass(session, query, parameters)
        if not self._breaker.lets_through():
            return self._bypass(session, query, parameters)
        try:
            found = self._look(query, asked)
        except PASSING as fault:
            self._failed(fault)
            return self._bypass(session, query, parameters)
        self._breaker.worked()
        if isinstance(found, list):
            return found
        return self._fill(session, query, parameters, asked, found)

    def pay(self) -> int:
        """Expel what commits could not expel while the cache was away; give how many tags."""
        with self._engine.begin() as connection:
            owed = connection.execute(text("DELETE FROM cache_debt RETURNING tag")).scalars().all()
            if owed:
                # Before this DELETE commits: what fails here is owed still.
                self._store.renew(sorted(set(owed)))
        return len(owed)

    @contextmanager
    def noting(self) -> Iterator[list[str]]:
        """Collect how the answers in this context came about."""
        noted: list[str] = []
        token = self._noted.set(noted)
        try:
            yield noted
        finally:
            self._noted.reset(token)

    def _look(self, query: Query, asked: Asked) -> "list[Any] | _Seen":
        epoch, answer, *tokens = self._store.look(asked.digest, asked.tags)
        seen = _Seen(epoch, tokens)
        if answer is not None and seen.epoch is not None and seen.is_open:
            body = answers.body_if_valid(answer, seen.epoch, seen.known)
            if body is not None:
                self._note(query, "hit")
                return query.decode(body)
        return seen

    def _fill(
        self,
        session: Session,
        query: Query,
        parameters: dict[str, object],
        asked: Asked,
        seen: "_Seen",
    ) -> list[Any]:
        try:
            seen = self._mended(asked, seen)
            if seen.is_open:
                return self._run_once(session, query, parameters, asked, seen)
        except PASSING as fault:
            self._failed(fault)
        return self._bypass(session, query, parameters)

    def _run_once(
        self,
        session: Session,
        query: Query,
        parameters: dict[str, object],
        asked: Asked,
        seen: "_Seen",
    ) -> list[Any]:
        """Run the query, unless another process is doing so: then wait for its answer."""
        policy = query.policy
        alone = self._store.take_off(asked.digest, name=self._name, bound=policy.wait)
        deadline = self._clock() + policy.wait.total_seconds()
        while not alone and self._clock() < deadline:
            time.sleep(POLL_SECONDS)
            found = self._look(query, asked)
            if isinstance(found, list):
                self._note(query, "wait")
                return found
            if not found.is_open:
                return self._bypass(session, query, parameters)
            seen = found  # the tokens now: they were read before our query begins
            alone = self._store.take_off(asked.digest, name=self._name, bound=policy.wait)
        records = self._run(session, query, parameters)
        body = answers.encode(records)
        self._note(query, "fill")
        if len(body) <= policy.largest_bytes and seen.epoch is not None:
            answer = answers.sealed(seen.epoch, seen.known, body)
            self._store.keep(asked.digest, answer, ttl=answers.lifetime(policy))
        if alone:
            self._store.land(asked.digest, name=self._name)
        return records

    def _mended(self, asked: Asked, seen: "_Seen") -> "_Seen":
        """The same with missing tokens minted, and with what is closed asked after."""
        if seen.epoch is None:
            self._store.begin_epoch()
        elif not layout.is_open(seen.epoch):
            self._ask_after_epoch(seen.epoch)
        tokens = list(seen.tokens)
        for index, (tag, token) in enumerate(zip(asked.tags, tokens, strict=True)):
            if token is None:
                tokens[index] = self._store.mint(tag)
            elif not layout.is_open(token):
                self._ask_after_writers(tag)
        return _Seen(seen.epoch, tokens)

    def _ask_after_epoch(self, epoch: bytes) -> None:
        """Open it once all transactions that were in flight when it was closed have ended."""
        try:
            horizon = self._store.horizon_of(epoch)
            if horizon is None:
                self._store.note_horizon(epoch, self._judge.horizon())
            elif self._judge.oldest_in_flight() >= horizon:
                self._store.open_epoch(epoch)
        except SQLAlchemyError as fault:
            log.warning("cache.judge_away", fault=type(fault).__name__)

    def _ask_after_writers(self, tag: str) -> None:
        """Finish in the stead of writers that the database has decided."""
        try:
            for transaction, at in self._store.registered(tag).items():
                if time.time() - at < SLOW_WRITER_SECONDS:
                    continue
                if self._judge.is_decided(transaction):
                    self._store.settle(transaction, tag)
                    log.info("cache.settled", tag=tag)
        except SQLAlchemyError as fault:
            log.warning("cache.judge_away", fault=type(fault).__name__)

    def _bypass(self, session: Session, query: Query, parameters: dict[str, object]) -> list[Any]:
        self._note(query, "bypass")
        return self._run(session, query, parameters)

    def _run(self, session: Session, query: Query, parameters: dict[str, object]) -> list[Any]:
        return query.records(session.execute(query.statement, parameters).all())

    def _has_written(self, session: Session, asked: Asked) -> bool:
        """Whether the session's own transaction has touched what the answer depends on.

        It never makes the session connect: a hit costs the database nothing, not even that.
        """
        if session.new or session.dirty or session.deleted:
            session.flush()
        connection = session.info.get(_CONNECTION)
        return connection is not None and not connection.touched.isdisjoint(asked.tags)

    def _failed(self, fault: Exception) -> None:
        self._breaker.failed()
        self.counts["away", "cache"] += 1
        log.warning("cache.away", fault=type(fault).__name__)

    def _note(self, query: Query, outcome: str) -> None:
        self.counts[query.policy.name, outcome] += 1
        noted = self._noted.get()
        if noted is not None:
            noted.append(outcome)


def follow_sessions(factory: type[Session] | sessionmaker[Session]) -> None:
    """Note in each session which connection it has, from its begin to its end."""

    @event.listens_for(factory, "after_begin")
    def begun(session: Session, _: SessionTransaction, connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        if isinstance(raw, BracketedConnection):
            session.info[_CONNECTION] = raw

    @event.listens_for(factory, "after_transaction_end")
    def ended(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            session.info.pop(_CONNECTION, None)


class _Seen:
    """Epoch and tokens as a reader found them, before its query's snapshot was taken."""

    def __init__(self, epoch: bytes | None, tokens: list[bytes | None]) -> None:
        self.epoch = epoch
        self.tokens = tokens

    @property
    def is_open(self) -> bool:
        return layout.is_open(self.epoch) and all(map(layout.is_open, self.tokens))

    @property
    def known(self) -> list[bytes]:
        return [token for token in self.tokens if token is not None]
