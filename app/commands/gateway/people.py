"""What people do on a played floor: pull the cord when a line stands, come, and put it right.

There is no door for gateways here, and there must be none: this acts on the plant itself, as a
person's clicks would.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database, streams
from app.commands.gateway.layout import Layout, LineLaidOut
from app.commands.gateway.played import PlayedLine
from app.domain import andon, board
from app.models import Call
from app.parts import Parts

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=5)
# How long a line stands before somebody pulls the cord, and in what share of the stops they do.
PULLED_AFTER, PULLED = timedelta(seconds=20), 0.7
# How soon people come, and how long they stay at least; they stay until the line runs.
COMES_AFTER, STAYS = timedelta(seconds=30), timedelta(seconds=40)
# Calls of others, yours for instance, are left to them for so long.
OTHERS_COME_AFTER, OTHERS_STAY = timedelta(minutes=5), timedelta(minutes=10)


class People:
    """Looks round every few seconds; `acts` counts what was done."""

    def __init__(self, parts: Parts, layout: Layout, *, random: Random, now: datetime) -> None:
        self.acts = 0
        self._parts = parts
        self._layout = layout
        self._random = random
        self._looks_at = now
        self._own: set[int] = set()
        self._thought_of: dict[int, datetime] = {}

    def look(self, lines: list[PlayedLine], now: datetime) -> None:
        """Do what is due; an outage only delays it to the next look."""
        if now < self._looks_at or not self._layout.helpers:
            return
        self._looks_at = now + LOOK_EVERY
        try:
            calls = self._open_calls()
            for played in lines:
                self._look_at(played, calls.get(played.line.id, []), now)
        except database.PASSING as fault:
            log.warning("people.cannot_act", fault=type(fault).__name__)

    def _look_at(self, played: PlayedLine, calls: list[Call], now: datetime) -> None:
        stopped = played.machine.state == "stopped"
        for call in calls:
            own = call.id in self._own
            if call.acknowledged_at is None:
                if now - call.raised_at >= (COMES_AFTER if own else OTHERS_COME_AFTER):
                    self._answer(andon.acknowledge, call.id, now)
            elif not stopped and now - call.acknowledged_at >= (STAYS if own else OTHERS_STAY):
                self._answer(andon.resolve, call.id, now)
        if stopped and not calls and now - played.machine.since >= PULLED_AFTER:
            self._think_of(played, now)

    def _think_of(self, played: PlayedLine, now: datetime) -> None:
        """Pull the cord, or shrug; once a stop."""
        line, since = played.line, played.machine.since
        if self._thought_of.get(line.id) == since or not (
            line.stations and line.crew and self._layout.reasons
        ):
            return
        self._thought_of[line.id] = since
        if self._random.random() < PULLED:
            self._pull(line, now)

    def _pull(self, line: LineLaidOut, now: datetime) -> None:
        station = self._random.choice(line.stations)
        reason = self._random.choice(self._layout.reasons)
        by = self._random.choice(line.crew).id

        def pull(session: Session) -> Call:
            return andon.raise_call(
                session, line=line.slug, station=station, reason=reason, by=by, now=now
            )

        self._act(pull, now)

    def _answer(self, change: Callable[..., Call], call_id: int, now: datetime) -> None:
        by = self._random.choice(self._layout.helpers).id
        self._act(lambda session: change(session, call_id, by=by, now=now), now)

    def _act(self, act: Callable[[Session], Call], now: datetime) -> None:
        """Store what somebody did, then tell the live pages."""
        try:
            with self._parts.database.transaction() as session:
                call = act(session)
                session.flush()
                tile = board.tiles(session, now=now, line_ids=[call.line_id])[0]
        except andon.AndonError:
            return  # somebody else was faster
        if call.acknowledged_at is None:
            self._own.add(call.id)
        self.acts += 1
        self._announce(tile)

    def _announce(self, tile: board.Tile) -> None:
        try:
            self._parts.announcer.announce_all(
                (channel, "tile", tile.line, tile)
                for channel in (board.board_channel(tile.plant), board.line_channel(tile.line))
            )
        except streams.PASSING as fault:
            log.warning("people.not_announced", line=tile.line, fault=type(fault).__name__)

    def _open_calls(self) -> dict[int, list[Call]]:
        """The open calls of the plant, by line."""
        lines = [line.id for line in self._layout.lines]
        calls: dict[int, list[Call]] = {}
        with self._parts.database.transaction() as session:
            for call in session.scalars(
                select(Call).where(Call.resolved_at.is_(None), Call.line_id.in_(lines))
            ):
                calls.setdefault(call.line_id, []).append(call)
        return calls
