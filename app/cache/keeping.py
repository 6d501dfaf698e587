"""Housekeeping, once a second, in a thread of the process: nothing here decides what is valid."""

import threading
from collections.abc import Iterable
from weakref import WeakKeyDictionary, ref

import structlog
from redis.exceptions import ReadOnlyError

from app.cache.ledger import Ledger
from app.cache.store import PASSING, Store
from app.cache.valkey import ValkeyStore
from app.cache.wire import Wire

log = structlog.get_logger(__name__)

TURN_SECONDS = 1.0
# A tracked connection whose thread is idle fills the server's memory with what it does not read.
IDLE_TURNS = 30


class Housekeeper:
    """Shares the counts with other processes, and hangs up connections that should not go on.

    Those are tracked ones of idle threads, and all of them when the server has become a replica or
    another server, which would otherwise be noticed by the next new connection only.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._whose: bytes | None = None
        self._heard: WeakKeyDictionary[Wire, tuple[int, int]] = WeakKeyDictionary()

    def start(self) -> None:
        """Go on for as long as the process and the cache live."""
        me, ended = ref(self), self._ended

        def keep_house() -> None:
            while not ended.wait(TURN_SECONDS):
                keeper = me()
                if keeper is None:
                    return
                keeper.turn()
                del keeper

        self._thread = threading.Thread(target=keep_house, name="cache-housekeeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(TURN_SECONDS)

    def turn(self) -> None:
        """One round; what fails is tried again in the next."""
        try:
            self._ledger.tell(self._store.count)
            if isinstance(self._store, ValkeyStore):
                self._look_after(self._store)
        except PASSING as fault:
            log.debug("cache.no_housekeeping", fault=type(fault).__name__)

    def _look_after(self, store: ValkeyStore) -> None:
        if store.wire() is None:
            return  # a cluster's client asks each node by itself
        try:
            whose = store.whose()
        except ReadOnlyError:
            whose = b""
        if self._whose not in (None, whose):
            log.warning("cache.another_server")
            _hang_up(store.wires())
        self._whose = whose
        _hang_up(wire for wire in store.wires() if self._is_idle(wire))

    def _is_idle(self, wire: Wire) -> bool:
        replies, turns = self._heard.get(wire, (-1, 0))
        turns = turns + 1 if replies == wire.replies else 0
        self._heard[wire] = (wire.replies, turns)
        return wire.is_tracking and turns >= IDLE_TURNS


def _hang_up(wires: Iterable[Wire]) -> None:
    for wire in wires:
        wire.hang_up()
