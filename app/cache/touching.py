"""What a session's own transaction has written: of that, it reads its own version."""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from app.cache.analysis import WriteRecorder
from app.cache.bracket import BracketedConnection

_CONNECTION = "cache.connection"
_NOTHING: frozenset[str] = frozenset()


def touched(session: Session) -> frozenset[str] | set[str]:
    """The tags its transaction has touched so far.

    It never makes the session connect: a hit costs the database nothing, not even that.
    """
    if not session._is_clean():  # noqa: SLF001 (`new`, `dirty` and `deleted` build three sets)
        session.flush()
    connection = session.info.get(_CONNECTION)
    return _NOTHING if connection is None else connection.touched


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


def follow_writes(engine: Engine) -> None:
    """Tell each connection what its statements write; under AUTOCOMMIT, when each is over."""
    WriteRecorder(_touch).install(engine)

    @event.listens_for(engine, "after_cursor_execute")
    def executed(connection: Connection, *_: object) -> None:
        _finish_alone(connection)

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if context.connection is not None and not context.connection.invalidated:
            _finish_alone(context.connection)

    @event.listens_for(engine, "prepare_twophase")
    def prepared(connection: Connection, _: object) -> None:
        raw = connection.connection.dbapi_connection
        if isinstance(raw, BracketedConnection):
            raw.close_for_good()


def _touch(connection: object, tags: frozenset[str]) -> None:
    if isinstance(connection, BracketedConnection):
        connection.touch(tags)


def _finish_alone(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    if isinstance(raw, BracketedConnection):
        raw.finish_alone()
