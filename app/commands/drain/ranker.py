"""Keeps the leaderboards' copies in the cache in step with the totals in the database."""

import threading
import time
from datetime import UTC, datetime

import structlog

from app.commands.drain.patience import PASSING, Patience
from app.domain import leaderboards
from app.leaderboards import PASSING as RANKING_PASSING
from app.parts import Parts

log = structlog.get_logger(__name__)

# A board is brought up to date at most twice a second, however much is made.
ROUND_SECONDS = 0.5
# What another drain counted, and what the cache lost: found by looking at all boards.
SWEEP_SECONDS = 2.0
FORGET_EVERY_SECONDS = 3600.0


class Ranker:
    """Goes round all boards, soon after something was made, and every so often all the same."""

    def __init__(self, parts: Parts, stopping: threading.Event) -> None:
        self._parts = parts
        self._stopping = stopping
        self._woken = threading.Event()
        self._went_at = float("-inf")
        self._forgot_at = float("-inf")

    def wake(self) -> None:
        """There is something to tell in the next round."""
        self._woken.set()

    def run(self) -> None:
        """Go round until told to stop; after an outage the copies are as far behind as they are."""
        patience = Patience(self._stopping)
        while not self._stopping.wait(ROUND_SECONDS):
            if not self._woken.is_set() and time.monotonic() - self._went_at < SWEEP_SECONDS:
                continue
            self._woken.clear()
            try:
                self.go_round()
                patience.reset()
            except (*PASSING, *RANKING_PASSING) as fault:
                patience.after(fault)

    def go_round(self) -> None:
        """Bring all copies up to date, and forget windows that ended long ago."""
        now = datetime.now(UTC)
        self._went_at = time.monotonic()
        database = self._parts.database
        built = leaderboards.bring_up_to_date(database, self._parts.leaderboards, now=now)
        if built:
            log.info("leaderboards.built", boards=built)
            self.wake()  # what was counted while they were built is still to be told
        if time.monotonic() - self._forgot_at >= FORGET_EVERY_SECONDS:
            with database.transaction() as session:
                leaderboards.forget(session, now=now)
            self._forgot_at = time.monotonic()
