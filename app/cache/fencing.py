"""The fence: a writer that is cut off waits until no reader can be answered from before.

The epoch lives for `FENCE` and is prolonged while nobody owes. A writer that cannot reach the cache
leaves a debt where all can see it and waits: by then the epoch it might be read under has lapsed,
and the next one opens when every transaction in flight has ended, the writer's own among them.
"""

import time

from sqlalchemy import Engine, text

from app.cache.store import FENCE
from app.cache.valkey import ValkeyStore

# Clocks do not run at one speed.
MARGIN_SECONDS = 0.2

_OWE = text("INSERT INTO cache_debt (tag, owed_by) VALUES (:tag, :transaction)")


class Fence:
    """Kept up by whoever pays debts, more often than each `FENCE`; waited out by who is cut off."""

    def __init__(self, store: ValkeyStore, aside: Engine) -> None:
        self._store = store
        self._aside = aside

    def keep_up(self) -> None:
        """Prolong the epoch, from the moment before it was known that nobody owes."""
        if not self._store.is_fenced:
            return
        before = self._store.now()
        with self._aside.connect() as connection:
            if connection.scalar(text("SELECT NOT EXISTS (SELECT FROM cache_debt)")):
                self._store.prolong(since=before)

    def wait(self, transaction: str, tags: frozenset[str]) -> None:
        """Owe in the sight of all, and return when the epoch of before has lapsed."""
        with self._aside.begin() as connection:
            owed = [{"tag": tag, "transaction": int(transaction)} for tag in sorted(tags)]
            connection.execute(_OWE, owed)
        time.sleep(FENCE.total_seconds() + MARGIN_SECONDS)
