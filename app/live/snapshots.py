"""The whole of a board or a line, read once for all who ask at the same moment."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select

from app.database import Database
from app.domain import board
from app.live.memory import position_of
from app.models import Line
from app.streams import AsyncClient
from app.streams.announcer import Position

# States depend on time too: an answer older than this is read again though nothing was said.
SHARED_SECONDS = 1.0


class NotThere(Exception):
    """There is no such plant or line."""


class Snapshot(NamedTuple):
    """Everything, as it was at `position` or a little later."""

    position: Position
    body: bytes
    built_at: float


class Snapshots:
    """Builds snapshots; thousands who reconnect at once cost a handful of queries."""

    def __init__(self, redis: AsyncClient, database: Database) -> None:
        self._redis = redis
        self._database = database
        self._last: dict[str, Snapshot] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def of_board(self, plant: str) -> Snapshot:
        """A plant's tiles; raises `NotThere`."""
        return await self._shared(board.board_channel(plant), lambda: self._read_board(plant))

    async def of_line(self, line: str) -> Snapshot:
        """A line's tile and its sensors' values; raises `NotThere`."""
        return await self._shared(board.line_channel(line), lambda: self._read_line(line))

    async def _shared(self, channel: str, read: Callable[[], bytes]) -> Snapshot:
        async with self._turns.setdefault(channel, asyncio.Lock()):
            # The position first: what is said while the database is read is then sent once more,
            # which changes nothing; the other way round it would be missed.
            position = await position_of(self._redis, channel)
            last = self._last.get(channel)
            clock = time.monotonic()
            if last and last.position == position and clock - last.built_at < SHARED_SECONDS:
                return last
            try:
                snapshot = Snapshot(position, await asyncio.to_thread(read), clock)
            except NotThere:
                self._turns.pop(channel, None)  # nobody fills the memory with names
                raise
            self._last[channel] = snapshot
            return snapshot

    def _read_board(self, plant: str) -> bytes:
        now = datetime.now(UTC)
        with self._database.transaction() as session:
            tiles = board.tiles(session, now=now, plant=plant)
            known = {each.slug for each in board.plants(session)}
        if plant not in known:
            raise NotThere(plant)
        return msgspec.json.encode({"server_time": now, "tiles": tiles, "readings": {}})

    def _read_line(self, line: str) -> bytes:
        now = datetime.now(UTC)
        with self._database.transaction() as session:
            line_id = session.scalar(
                select(Line.id).where(Line.slug == line, Line.retired_at.is_(None))
            )
            if line_id is None:
                raise NotThere(line)
            tiles = board.tiles(session, now=now, line_ids=[line_id])
            readings = board.sensor_values(session, [line_id]).get(line, {})
        return msgspec.json.encode({"server_time": now, "tiles": tiles, "readings": readings})
