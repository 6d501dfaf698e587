"""Says that this instance lives, and keeps what the whole looks like for whoever wants to know."""

import threading
from datetime import UTC, datetime

from app.cache import PASSING as CACHE_PASSING
from app.commands.drain.patience import PASSING, Patience
from app.domain import operations
from app.observability.instances import Instance, Instances
from app.observability.release import version
from app.observability.series import EVERY, Series
from app.parts import Parts


class Observer:
    """One in each drain; of all of them one takes each sample."""

    def __init__(self, parts: Parts, stopping: threading.Event) -> None:
        self._parts = parts
        self._stopping = stopping
        self._instances = Instances(parts.redis)
        self._series = Series(parts.redis)
        self._started_at = datetime.now(UTC)

    def run(self) -> None:
        """Go on until told to stop; a time without a cache is a gap in what is kept."""
        patience = Patience(self._stopping)
        while not self._stopping.is_set():
            try:
                self.observe(datetime.now(UTC))
                patience.reset()
            except (*PASSING, *CACHE_PASSING) as fault:
                patience.after(fault)
            self._stopping.wait(EVERY.total_seconds())

    def observe(self, now: datetime) -> None:
        """Say that this instance lives, and take a sample if it is its turn."""
        name = self._parts.config.instance_id
        self._instances.here(Instance(name, version(), self._started_at, now))
        if not self._series.takes_turn(name):
            return
        with self._parts.database.transaction() as session:
            told = operations.vitals(
                session,
                store=self._parts.cache.store,
                landing=self._parts.landing,
                redis=self._parts.redis,
                now=now,
                idle=self._parts.config.session_idle,
            )
        self._series.add(operations.numbers(told))
