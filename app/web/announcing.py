"""Telling the live pages what a line's tile says now."""

import structlog

from app import streams
from app.domain import board
from app.web.handed import parts

log = structlog.get_logger(__name__)


def announce(tile: board.Tile) -> None:
    """Tell the live pages, after the commit.

    What is told is stored: a cache that is away delays only the live pages, until the drain's next
    round announces the line again.
    """
    try:
        parts().announcer.announce_all(
            (channel, "tile", tile.line, tile)
            for channel in (board.board_channel(tile.plant), board.line_channel(tile.line))
        )
    except streams.PASSING as fault:
        log.warning("board.not_announced", line=tile.line, fault=type(fault).__name__)
