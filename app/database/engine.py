"""The engine and the unit of work."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import psycopg2.extensions as pg
from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from app.database.silence import ANSWER, Silence, let_take_its_time

# What a caller may hope to pass: the server is away, starting, or has too many connections.
PASSING = (OperationalError, InterfaceError, PoolTimeout)

# A page that takes longer is of no use; a drain's COPY takes far less.
STATEMENT_TIMEOUT = timedelta(seconds=15)
_UNHURRIED = text("SET LOCAL statement_timeout = 0").execution_options(cache_tags=())


class Named(Protocol):
    """A statement that has a name elsewhere, and a form for its rows."""

    statement: Executable

    def records(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows as records."""


# How a named query is asked, whoever answers: `ask(session, query, **parameters)`.
Ask = Callable[..., Sequence[Any]]


def directly(session: Session, query: Named, **parameters: object) -> Sequence[Any]:
    """The database's own answer, past any cache: for whoever announces what is true now."""
    return query.records(session.execute(query.statement, parameters).all())


def unhurried(connection: Connection) -> None:
    """Let statements of this transaction take as long as they take, even one nobody answers."""
    connection.execute(_UNHURRIED)
    let_take_its_time(connection.info)


class Reread:
    """What a process knows of the database, read again every `fresh_for` seconds by one caller."""

    def __init__(self, clock: Callable[[], float], *, fresh_for: float) -> None:
        self._clock = clock
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self.has_read = False

    def is_due(self) -> bool:
        """Whether it is the caller's turn to read anew; asking takes the turn.

        One caller in `fresh_for` gets it, so that a database which does not answer holds up one
        request and not all. Until it was read once everybody's turn it is: a process that has
        just started would refuse whom it has not heard of yet.
        """
        with self._lock:
            if self.has_read and self._clock() - self._asked_at < self._fresh_for:
                return False
            self._asked_at = self._clock()
            return True

    def refresh(self, session: Session) -> None:
        """Read all of it anew."""
        raise NotImplementedError


class Database:
    """One engine, and sessions that commit together or not at all.

    `connect_args` go to each connection; their `options` come after our own. `password` gives each
    one its own, where the URL has none that lasts. A wait that the server should have ended by its
    `statement_timeout` ends two seconds later without it.
    """

    def __init__(
        self,
        url: str,
        *,
        application: str = "andon",
        connect_args: Mapping[str, object] | None = None,
        password: Callable[[], str] | None = None,
        statement_timeout: timedelta = STATEMENT_TIMEOUT,
    ) -> None:
        self._password = password
        self._silence = Silence(statement_timeout=statement_timeout)
        more = dict(connect_args or {})
        limit = f"-c statement_timeout={statement_timeout // timedelta(milliseconds=1)}"
        options = f"-c timezone=UTC {limit} {more.pop('options', '')}".rstrip()
        self._url = url.replace("postgresql://", "postgresql+psycopg2://", 1)
        self._connect_args = {
            "connect_timeout": int(ANSWER.total_seconds()),
            "application_name": application,
            "options": options,
            # A host that vanished is noticed in seconds, not in the kernel's 15 minutes.
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
        }
        self.engine = self._engine(connect_args=more)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit on leaving, roll back on any error."""
        with self.sessions.begin() as session:
            yield session

    def aside(self) -> Engine:
        """Another engine on the same server, for questions that must not wait for a request's."""
        return self._engine(pool_size=2, max_overflow=6)

    def _engine(self, *, connect_args: Mapping[str, object] | None = None, **pool: int) -> Engine:
        engine = create_engine(
            self._url,
            # A connection that died while idle is replaced before use: a database that was
            # restarted costs the next request nothing but a new connection.
            pool_pre_ping=True,
            pool_timeout=5,
            connect_args={**self._connect_args, **(connect_args or {})},
            **pool,
        )
        self._silence.watch(engine)

        @event.listens_for(engine, "do_connect")
        def dialling(
            dialect: Dialect, _: object, arguments: Sequence[Any], words: dict[str, Any]
        ) -> pg.connection:
            return self._silence.dial(partial(self._connect, dialect, *arguments, **words))

        return engine

    def _connect(self, dialect: Dialect, *arguments: Any, **words: Any) -> Any:  # noqa: ANN401 (the driver's)
        if self._password is not None:
            words["password"] = self._password()
        return dialect.connect(*arguments, **words)
