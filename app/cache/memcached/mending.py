"""Opening what may be opened again: the database tells who has ended; no clock is trusted."""

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.cache.judge import Judge
from app.cache.memcached.node import Held
from app.cache.memcached.pool import TAG, Pool
from app.cache.memcached.ring import Place, Ring
from app.cache.memcached.tag import NOT_ASKED, Tag, minted, read
from app.cache.store import PASSING, SLOW_WRITER_SECONDS

log = structlog.get_logger(__name__)


class Verdict:
    """What the database says once, for all tags that were read before it was asked."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @cached_property
    def horizon(self) -> int:
        return self._judge.horizon()

    @cached_property
    def oldest_in_flight(self) -> int:
        return self._judge.oldest_in_flight()

    def mended(self, tag: Tag) -> Tag:
        """The tag less the wait that is over, and the writers that are decided."""
        if tag.wait == NOT_ASKED:
            tag = tag.awaiting(self.horizon)
        if tag.wait is not None and self.oldest_in_flight >= tag.wait:
            tag = tag.waited()
        for transaction, at in tag.writers.items():
            is_slow = time.time() - at >= SLOW_WRITER_SECONDS
            if is_slow and self._judge.is_decided(transaction):
                tag = tag.finished(transaction)
                log.info("cache.settled")
        return tag


def mended(pool: Pool, ring: Ring, tags: Iterable[str], judge: Judge) -> dict[str, bytes]:
    """What is seen of the tags after minting the missing and asking after the closed."""
    places = {ring.place(TAG, tag): tag for tag in tags}
    held = _held(pool, list(places))
    seen: dict[str, bytes] = {}
    # The judge is asked after the tags were read: the horizon must be newer than any transaction
    # that may have found them missing.
    verdict = Verdict(judge)
    for place, was in held.items():
        try:
            before = read(was.value)
            after = verdict.mended(before)
            if after is before or pool.swap(place, was, after):
                seen[places[place]] = after.part
        except PASSING as fault:
            log.warning("cache.not_mended", fault=type(fault).__name__)
        except SQLAlchemyError as fault:
            log.warning("cache.judge_away", fault=type(fault).__name__)
            break
    return seen


def _held(pool: Pool, places: list[Place]) -> dict[Place, Held]:
    """The tags, those that were missing minted closed."""
    held = pool.hold(places)
    added = []
    for place in places:
        if place not in held:
            with suppress(*PASSING):  # a node that is away stays missing
                pool.add(place, minted())
                added.append(place)  # by this reader or by another
    return held | pool.hold(added) if added else held
