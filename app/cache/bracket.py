"""The bracket around the real COMMIT.

SQLAlchemy's `before_commit` fires before the last flush, and `after_commit` for savepoints too.
The DBAPI connection's own `commit()` is the one door that ORM, Core, bulk and raw SQL pass through.
"""

import time
from collections.abc import Callable, Iterable

import psycopg2
import psycopg2.errors
import psycopg2.extensions as pg
import structlog

from app.cache.store import PASSING, Store

log = structlog.get_logger(__name__)


class Debts:
    """Tags that a commit could not close, kept in its own transaction until somebody pays."""

    TABLE = "cache_debt"

    def owe(self, connection: "BracketedConnection", tags: Iterable[str]) -> None:
        """Write the debt into the transaction that is about to commit."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.TABLE} (tag) VALUES (%s)",  # noqa: S608 (a constant)
                [(tag,) for tag in sorted(tags)],
            )


class BracketedConnection(pg.connection):
    """A connection that closes the tags its transaction touched before COMMIT, and finishes after.

    `touched` is filled by whoever knows what a statement writes.
    """

    store: Store
    debts = Debts()

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.touched: set[str] = set()

    def commit(self) -> None:
        """Commit, so that no reader sees an older answer afterwards."""
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

    def rollback(self) -> None:
        self.touched = set()
        super().rollback()

    def _transaction(self) -> str | None:
        with self.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned()::text")
            row = cursor.fetchone()
            return None if row is None or row[0] is None else str(row[0])

    def _close(self, transaction: str, tags: frozenset[str]) -> bool:
        try:
            self.store.close(transaction, tags, now=time.time())
        except PASSING as fault:
            log.warning("cache.owed", tags=len(tags), fault=type(fault).__name__)
            self.debts.owe(self, tags)
            return False
        return True

    def _finish(self, transaction: str, tags: frozenset[str]) -> None:
        """A finish that fails never fails the caller: the tags stay closed, and a reader asks."""
        try:
            self.store.finish(transaction, tags)
        except PASSING as fault:
            log.warning("cache.not_finished", tags=len(tags), fault=type(fault).__name__)


def connection_class(store: Store) -> Callable[..., BracketedConnection]:
    """What `psycopg2.connect(connection_factory=…)` wants, for this store."""
    return type("Bracketed", (BracketedConnection,), {"store": store})
