"""The cache checks itself: one in so many hits is compared with the database."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from app.cache.filling import Filler, Question
from app.cache.ledger import Ledger
from app.cache.store import Sight, Store

log = structlog.get_logger(__name__)


class Checker:
    """Counts lies, of which there must be none ("Cache made consistent", Meta, 2022)."""

    def __init__(
        self,
        store: Store,
        filler: Filler,
        ledger: Ledger,
        *,
        one_in: int,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._filler = filler
        self._ledger = ledger
        self._share = 1 / one_in if one_in else 0.0
        self._chance = chance

    def truth(
        self, question: Question, sight: Sight, records: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """The database's answer if this hit was drawn and was a lie; then it is expelled too.

        A write may have come between the hit and the check: only if the seal is the same after the
        database was asked must both agree. Rows may come in another order if none is asked for.
        """
        if self._chance() >= self._share or not question.asked.tags:
            return None
        true = self._filler.run(question)
        self._ledger.add(question.query.name, "checked")
        if Counter(map(repr, true)) == Counter(map(repr, records)):
            return None
        if self._store.validate(question.asked.tags).seal != sight.seal:
            return None
        self._ledger.add(question.query.name, "lies")
        log.error("cache.lie", query=question.query.name, digest=question.asked.digest)
        self._store.renew(question.asked.tags)
        return true
