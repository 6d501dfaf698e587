"""The bracket around the real COMMIT.

SQLAlchemy's `before_commit` fires before the last flush, and `after_commit` for savepoints too.
The DBAPI connection's own `commit()` is the one door that ORM, Core, bulk and raw SQL pass through.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

import psycopg2
import psycopg2.errors
import psycopg2.extensions as pg
import structlog
from redis.exceptions import ConnectionError as Unreachable

from app.cache.analysis import telling
from app.cache.breaker import Breaker
from app.cache.judge import BACKEND
from app.cache.store import PASSING, Store

log = structlog.get_logger(__name__)

# What a write does that cannot reach the cache: it is owed, or refused, or owed behind a fence.
Away = Literal["owe", "refuse", "fence"]


class CacheAway(psycopg2.OperationalError):
    """The write was refused and rolled back: the cache could not be told of it."""


class BracketedConnection(pg.connection):
    """A connection that closes the tags its transaction touched before COMMIT, and finishes after.

    `after_commit` is then told of the tags.
    """

    store: Store
    breaker: Breaker
    away: Away = "owe"
    after_commit: Callable[[frozenset[str]], None] | None = None
    # Returns when nobody can be answered from before this transaction ends.
    fence: Callable[[str, frozenset[str]], None] | None = None

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.touched: set[str] = set()
        self._alone: frozenset[str] = frozenset()
        self._alone_is_closed = False
        self._name = ""

    def cursor(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (the driver's own signature)
        """A cursor that tells what it writes, COPY too; SQLAlchemy's are told of by its events."""
        self.finish_alone()  # one statement at a time: the last one is over
        kind = options.pop("cursor_factory", None) or pg.cursor
        options["cursor_factory"] = telling(kind, touch)
        return super().cursor(*arguments, **options)

    def touch(self, tags: frozenset[str]) -> None:
        """A statement writes these: told before it runs, or before its transaction commits."""
        if not self.autocommit:
            self.touched |= tags
            return
        # The statement commits itself, so it is bracketed itself.
        self._alone |= tags
        self._alone_is_closed = self._close(self._backend(), self._alone)

    def finish_alone(self) -> None:
        """A statement is over, well or badly; under AUTOCOMMIT so is its transaction."""
        if not self._alone:
            return
        tags, self._alone = self._alone, frozenset()
        if self._alone_is_closed:
            self._finish(self._backend(), tags)
        else:
            self._owe(tags)  # once more: the debt from before may have been paid too early

    def tpc_prepare(self) -> None:
        self._close_for_good()
        super().tpc_prepare()

    def tpc_commit(self, *xid: Any) -> None:  # noqa: ANN401 (the driver's own signature)
        self._close_for_good()  # if it was not prepared
        super().tpc_commit(*xid)

    def _close_for_good(self) -> None:
        """Close what a transaction in two phases touched: a reader finishes in its stead."""
        tags, self.touched = frozenset(self.touched), set()
        transaction = self._transaction() if tags else None
        if transaction is not None:
            self._close(transaction, tags)

    def commit(self) -> None:
        """Commit, so that no reader sees an older answer afterwards."""
        self.finish_alone()
        tags, self.touched = frozenset(self.touched), set()
        in_transaction = self.info.transaction_status == pg.TRANSACTION_STATUS_INTRANS
        transaction = self._transaction() if tags and in_transaction else None
        if transaction is None:
            super().commit()  # nothing was written, or the transaction has failed already
            return
        closed = self._close(transaction, tags)
        try:
            super().commit()
        except psycopg2.OperationalError as error:
            # A lost connection leaves the outcome open: the tags stay closed until the database
            # is asked. A refusal by PostgreSQL is known to be none.
            if closed and isinstance(error, psycopg2.errors.TransactionRollback):
                self._finish(transaction, tags)
            raise
        except psycopg2.Error:
            if closed:
                self._finish(transaction, tags)
            raise
        if closed:
            self._finish(transaction, tags)
            if self.after_commit is not None:
                self.after_commit(tags)

    def rollback(self) -> None:
        self.finish_alone()
        self.touched = set()
        super().rollback()

    def _transaction(self) -> str | None:
        return self._ask("SELECT pg_current_xact_id_if_assigned()::text")

    def _backend(self) -> str:
        """A name for this connection that the database can be asked about."""
        if not self._name:
            started = self._ask(
                "SELECT extract(epoch FROM backend_start)::text"
                " FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
            self._name = f"{BACKEND}{self.info.backend_pid}@{started}"
        return self._name

    def _ask(self, question: str) -> str | None:
        with super().cursor() as cursor:  # one that tells nothing
            cursor.execute(question)
            row = cursor.fetchone()
            return None if row is None or row[0] is None else str(row[0])

    def _close(self, transaction: str, tags: frozenset[str]) -> bool:
        try:
            self._try_to_close(transaction, tags)
        except PASSING as fault:
            by_itself = transaction.startswith(BACKEND)
            if self.away == "refuse" or (self.away == "fence" and by_itself):
                raise CacheAway("the cache cannot be told of this write") from fault
            if self.away == "fence" and self.fence is not None:
                self.fence(transaction, tags)
            log.warning("cache.owed", tags=len(tags), fault=type(fault).__name__)
            self._owe(tags)
            return False
        return True

    def _try_to_close(self, transaction: str, tags: frozenset[str]) -> None:
        if self.store.is_one_server and not self.breaker.lets_through():
            raise Unreachable("it did not answer a moment ago")
        try:
            self.store.close(transaction, tags, now=time.time())
        except PASSING:
            self.breaker.failed()
            raise
        self.breaker.worked()

    def _owe(self, tags: Iterable[str]) -> None:
        """Write the debt into the transaction that is about to commit."""
        with super().cursor() as cursor:  # one that tells nothing
            cursor.executemany(
                "INSERT INTO cache_debt (tag) VALUES (%s)", [(tag,) for tag in sorted(tags)]
            )

    def _finish(self, transaction: str, tags: frozenset[str]) -> None:
        """A finish that fails never fails the caller: the tags stay closed, and a reader asks."""
        try:
            self.store.finish(transaction, tags)
        except PASSING as fault:
            log.warning("cache.not_finished", tags=len(tags), fault=type(fault).__name__)


def touch(connection: object, tags: frozenset[str]) -> None:
    if isinstance(connection, BracketedConnection):
        connection.touch(tags)


def connection_class(store: Store, away: Away) -> Callable[..., BracketedConnection]:
    """What `psycopg2.connect(connection_factory=…)` wants, for this store."""
    own = {"store": store, "away": away, "breaker": Breaker(time.monotonic)}
    return type("Bracketed", (BracketedConnection,), own)
