"""The database as the judge of transactions: nobody's clock decides whether a writer is dead."""

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

IN_PROGRESS = "in progress"

# Before the name of a connection whose statements commit themselves: they have no transaction id
# before they run. It is its process and when that began, as `1234@1795460000.5`.
BACKEND = "backend:"


class Judge:
    """Asks PostgreSQL on connections of its own, outside of any caller's transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def is_decided(self, transaction: str) -> bool:
        """Whether the transaction has committed, rolled back, or is none of this database's."""
        if transaction.startswith(BACKEND):
            return self._has_ended(*transaction.removeprefix(BACKEND).split("@"))
        try:
            status = self._ask("SELECT pg_xact_status(CAST(:it AS xid8))", it=transaction)
        except DBAPIError as error:
            # 22023: «transaction ID is in the future», after a restore from a backup. No such
            # writer can commit here any more.
            if getattr(error.orig, "pgcode", None) == "22023":
                return True
            raise
        return status != IN_PROGRESS

    def horizon(self) -> int:
        """A transaction newer than all in flight now.

        It has to be a new one: a snapshot's xmax is one past the newest that has *ended*, and the
        writer in flight may be that very number.
        """
        return int(self._ask("SELECT pg_current_xact_id()::text"))

    def oldest_in_flight(self) -> int:
        """All transactions below this have ended."""
        return int(self._ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))

    def _has_ended(self, pid: str, started: str) -> bool:
        living = self._ask(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = CAST(:pid AS int)"
            " AND extract(epoch FROM backend_start)::text = :started",
            pid=pid,
            started=started,
        )
        return living == "0"

    def _ask(self, question: str, **parameters: str) -> str:
        with self._engine.connect() as connection:
            return str(connection.scalar(text(question), parameters))
