"""A server that keeps its connections and says nothing: whoever waits for it is let go.

A server that stands still cannot keep its own `statement_timeout`, and its kernel goes on
acknowledging, so that neither keepalives nor `tcp_user_timeout` notice. The kernel on this side
knows when the last byte went either way. A thread looks at that twice a second, and shuts the
socket of who has waited too long: to libpq the connection is lost. It costs a statement nothing,
and ends a COPY, a COMMIT or a FETCH as well as a query. Linux alone tells.
"""

import os
import socket
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg2
import psycopg2.extensions as pg
import structlog
from sqlalchemy import Engine, event

log = structlog.get_logger(__name__)

# A server that lives answers a new connection and a ping in milliseconds.
ANSWER = timedelta(seconds=3)
# After its own time-out a server that lives still says so, and a COMMIT has no time-out.
MARGIN = timedelta(seconds=2)
LOOK_EVERY = timedelta(seconds=0.5)

_WIRE = "database.wire"
# Where `struct tcp_info` has the milliseconds since data were last sent, and last received.
_SENT, _RECEIVED = 44, 52


class DatabaseSilent(psycopg2.OperationalError):
    """Nobody was answered of late, and it is being found out whether that is over."""


class Wire:
    """What is seen of one connection from outside, whatever its owner is at."""

    def __init__(self, raw: pg.connection) -> None:
        self.rests = True
        self.is_hurried = True
        self._raw = weakref.ref(raw)
        # A descriptor of our own: libpq may close its own at any moment, and give the number away.
        self._socket = socket.socket(fileno=os.dup(raw.fileno()))
        self._looks = 0

    def waited(self) -> timedelta:
        """For how long its owner has waited and no byte has come or gone.

        What went by between two looks counts as one: while this process stood still itself, an
        answer may have come that nobody has read yet.
        """
        silence = self._silence() if self._is_waiting() else timedelta(0)
        self._looks = self._looks + 1 if silence >= LOOK_EVERY else 0
        return min(silence, self._looks * LOOK_EVERY)

    def cut(self) -> None:
        """Let libpq find the connection lost."""
        with suppress(OSError):  # it is already
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _is_waiting(self) -> bool:
        raw = self._raw()
        try:
            return raw is not None and (
                raw.get_transaction_status() == pg.TRANSACTION_STATUS_ACTIVE
            )
        except psycopg2.InterfaceError:  # closed
            return False

    def _silence(self) -> timedelta:
        try:
            known = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED + 4)
        except OSError:  # closed by now, or no TCP
            return timedelta(0)
        times = (struct.unpack_from("I", known, at)[0] for at in (_SENT, _RECEIVED))
        return timedelta(milliseconds=min(times))


class Silence:
    """Ends waits for one server, and lets nobody begin to wait while it says nothing."""

    def __init__(
        self, *, statement_timeout: timedelta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._bound = statement_timeout + MARGIN
        self._wires: set[Wire] = set()
        self._is_silent = False
        self._connect: Callable[[], pg.connection] | None = None
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, engine: Engine) -> None:
        """End each wait of this engine's connections that lasts too long."""

        # First, so that the questions of SQLAlchemy's own first connection are watched too.
        @event.listens_for(engine, "connect", insert=True)
        def connected(raw: pg.connection, record: Any) -> None:  # noqa: ANN401 (the pool's own)
            if sys.platform == "linux":
                record.info[_WIRE] = self._look_at(raw)

        @event.listens_for(engine, "checkout")
        def taken(_: pg.connection, record: Any, __: object) -> None:  # noqa: ANN401
            if wire := record.info.get(_WIRE):
                wire.rests = False

        @event.listens_for(engine, "reset")
        def given_back(_: pg.connection, record: Any, __: object) -> None:  # noqa: ANN401
            if record is not None and (wire := record.info.get(_WIRE)):
                wire.rests = wire.is_hurried = True

    def dial(self, connect: Callable[[], pg.connection]) -> pg.connection:
        """Connect, or be refused at once with `DatabaseSilent`.

        While nobody is answered the thread that looks tries as well, and no caller has to.
        """
        self._connect = connect
        self._start()
        if self._is_silent:
            raise DatabaseSilent("the database did not answer a moment ago")
        return self._try(connect)

    def try_again(self) -> None:
        """Find out whether a silent server answers by now."""
        if self._is_silent and self._connect is not None:
            with suppress(psycopg2.Error):
                self._try(self._connect).close()

    def look(self) -> None:
        """End the waits that have lasted too long, and with them whatever rests in a pool."""
        wires = list(self._wires)
        late = {wire for wire in wires if wire.waited() >= self._longest(wire)}
        if not late:
            return
        self._note(is_silent=True)
        for wire in wires:
            # Who takes one that rests would wait for its ping as long again.
            if wire.rests or wire in late:
                wire.cut()

    def _longest(self, wire: Wire) -> timedelta:
        if wire.rests:
            return ANSWER
        return self._bound if wire.is_hurried else timedelta.max

    def _try(self, connect: Callable[[], pg.connection]) -> pg.connection:
        began = self._clock()
        try:
            connection = connect()
        except psycopg2.OperationalError:
            # A server that refuses is not silent; libpq gives up by the wall's clock, not by ours.
            self._note(is_silent=self._clock() - began > ANSWER.total_seconds() / 2)
            raise
        self._note(is_silent=False)
        return connection

    def _note(self, *, is_silent: bool) -> None:
        if is_silent != self._is_silent:
            self._is_silent = is_silent
            log.warning("database.silent" if is_silent else "database.answers")

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._wires.clear()  # after a fork these are the parent's
                self._thread = threading.Thread(
                    target=_look_on, args=(weakref.ref(self),), name="silence", daemon=True
                )
                self._thread.start()

    def _look_at(self, raw: pg.connection) -> Wire:
        wire = Wire(raw)
        self._wires.add(wire)
        weakref.finalize(raw, self._forget, wire)
        return wire

    def _forget(self, wire: Wire) -> None:
        self._wires.discard(wire)
        wire.close()


def let_take_its_time(info: dict[Any, Any]) -> None:
    """Wait as long as it takes, until the connection that has this `info` is given back."""
    if wire := info.get(_WIRE):
        wire.is_hurried = False


def _look_on(of: "weakref.ref[Silence]") -> None:
    """Look for as long as somebody has the engine."""
    while (silence := of()) is not None:
        silence.look()
        silence.try_again()
        del silence
        time.sleep(LOOK_EVERY.total_seconds())
