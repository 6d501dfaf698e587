"""Tells the live pages what the landed data mean, and notices what is no longer heard."""

import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from sqlalchemy import text

from app.commands.drain.patience import PASSING, Patience
from app.domain import andon, board, shifts, telemetry
from app.parts import Parts

log = structlog.get_logger(__name__)

# A line is announced at most five times a second, however much lands.
ROUND_SECONDS = 0.2
# Silence, a target that moved, a call that was not announced, or not answered: found by looking at
# all lines.
SWEEP_SECONDS = 2.0
# Days to store readings in, and shifts: laid long before they are needed.
PREPARE_EVERY_SECONDS = 3600.0

# One drain of all looks at all lines at a time; any number will do.
_SWEEP_LOCK = 7_263_403


class Teller:
    """Judges and announces the lines that changed, and every so often all of them."""

    def __init__(self, parts: Parts, stopping: threading.Event) -> None:
        self._parts = parts
        self._stopping = stopping
        self._lock = threading.Lock()
        self._changed: set[int] = set()
        self._said: dict[str, bytes] = {}
        self._swept_at = float("-inf")
        self._prepared_at = float("-inf")

    def changed(self, line_ids: Collection[int]) -> None:
        """These lines are to be announced in the next round."""
        with self._lock:
            self._changed.update(line_ids)

    def run(self) -> None:
        """Go round until told to stop; what could not be told is told after the outage."""
        patience = Patience(self._stopping)
        while not self._stopping.wait(ROUND_SECONDS):
            with self._lock:
                changed, self._changed = self._changed, set()
            try:
                self.go_round(changed)
                patience.reset()
            except PASSING as fault:
                self.changed(changed)
                patience.after(fault)

    def go_round(self, changed: Collection[int]) -> None:
        """Do what is due: prepare days and shifts, sweep all lines, announce the changed ones."""
        now = datetime.now(UTC)
        clock = time.monotonic()
        if clock - self._prepared_at >= PREPARE_EVERY_SECONDS:
            self._prepare(now)
            self._prepared_at = clock
        if changed:
            self._announce(changed, now)
        if clock - self._swept_at >= SWEEP_SECONDS:
            self._sweep(now)
            self._swept_at = clock

    def _prepare(self, now: datetime) -> None:
        with self._parts.database.transaction() as session:
            ahead = now + timedelta(days=telemetry.DAYS_AHEAD)
            made = telemetry.prepare_days(session, first=now, last=ahead)
            homes = board.plants(session)
        if made:
            log.info("telemetry.days_prepared", days=len(made))
        for home in homes:
            with self._parts.database.transaction() as session:
                laid = shifts.lay(session, home.slug, now=now)
            if any(laid):
                log.info("shifts.laid", plant=home.slug, made=laid.made, taken_back=laid.taken_back)

    def _announce(self, line_ids: Collection[int], now: datetime) -> None:
        with self._parts.database.transaction() as session:
            board.judge(session, now=now, line_ids=line_ids)
            tiles = board.tiles(session, now=now, line_ids=line_ids)
            values = board.sensor_values(session, line_ids)
        said: list[tuple[str, str, str, object]] = [
            (board.line_channel(line), "readings", line, sensors)
            for line, sensors in values.items()
        ]
        self._tell(tiles, said)

    def _sweep(self, now: datetime) -> None:
        with self._parts.database.transaction() as session:
            alone = session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _SWEEP_LOCK}
            )
            if not alone:
                return
            late = andon.escalate(session, now=now)
            board.judge(session, now=now)
            tiles = board.tiles(session, now=now)
        for call in late:
            log.warning("andon.escalated", call=call.id, level=call.escalation_level)
        self._tell([tile for tile in tiles if self._is_news(tile)], [])

    def _is_news(self, tile: board.Tile) -> bool:
        return self._said.get(tile.line) != msgspec.json.encode(tile)

    def _tell(self, tiles: list[board.Tile], said: list[tuple[str, str, str, object]]) -> None:
        said += [
            (channel, "tile", tile.line, tile)
            for tile in tiles
            for channel in (board.board_channel(tile.plant), board.line_channel(tile.line))
        ]
        if said:
            self._parts.announcer.announce_all(said)
        # Kept only once it is said: what an outage swallowed is still news afterwards.
        self._said.update((tile.line, msgspec.json.encode(tile)) for tile in tiles)
