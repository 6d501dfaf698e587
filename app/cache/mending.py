"""Opening what may be opened again: the database tells who has ended; no clock is trusted."""

import time
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.cache import layout
from app.cache.judge import Judge
from app.cache.store import SLOW_WRITER_SECONDS, Sight

log = structlog.get_logger(__name__)


class Steps(Protocol):
    """What a server offers beside the steps that every engine has."""

    def groups(self, tags: Iterable[str]) -> list[tuple[str, list[str]]]: ...
    def mint(self, tags: Sequence[str]) -> list[bytes]: ...
    def registered(self, tag: str) -> dict[str, float]: ...
    def settle(self, transaction: str, tag: str) -> None: ...
    def begin_epoch(self, key: str) -> None: ...
    def open_epoch(self, key: str, epoch: bytes) -> None: ...
    def horizon_of(self, key: str, epoch: bytes) -> int | None: ...
    def note_horizon(self, key: str, epoch: bytes, horizon: int) -> None: ...


class Mender:
    """Mends what a reader found missing or closed, for it or for the next one."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def mend(self, tags: tuple[str, ...], sight: Sight, judge: Judge) -> Sight:
        """The same with missing tokens minted, and with what is closed asked after."""
        groups = self._steps.groups(tags)
        epochs = list(sight.parts[: len(groups)])
        tokens = dict(zip(tags, sight.parts[len(groups) :], strict=True))
        try:
            for (key, together), epoch in zip(groups, epochs, strict=True):
                self._mend_epoch(key, epoch, judge)
                missing = [tag for tag in together if tokens[tag] is None]
                if missing:
                    tokens |= zip(missing, self._steps.mint(missing), strict=True)
            for tag, token in tokens.items():
                if not layout.is_open(token):
                    self._ask_after_writers(tag, judge)
        except SQLAlchemyError as fault:
            log.warning("cache.judge_away", fault=type(fault).__name__)
        return Sight([*epochs, *tokens.values()])

    def _mend_epoch(self, key: str, epoch: bytes | None, judge: Judge) -> None:
        """Open it once all transactions that were in flight when it was closed have ended."""
        if epoch is None:
            self._steps.begin_epoch(key)
        elif not layout.is_open(epoch):
            horizon = self._steps.horizon_of(key, epoch)
            if horizon is None:
                self._steps.note_horizon(key, epoch, judge.horizon())
            elif judge.oldest_in_flight() >= horizon:
                self._steps.open_epoch(key, epoch)

    def _ask_after_writers(self, tag: str, judge: Judge) -> None:
        """Finish in the stead of writers that the database has decided."""
        for transaction, at in self._steps.registered(tag).items():
            if time.time() - at < SLOW_WRITER_SECONDS:
                continue
            if judge.is_decided(transaction):
                self._steps.settle(transaction, tag)
                log.info("cache.settled", tag=tag)
