"""Telling the live pages what a line's tile says now, and that lines came or went."""

from collections.abc import Iterable

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
    channels = (board.board_channel(tile.plant), board.line_channel(tile.line))
    _announce(((channel, "tile", tile.line, tile) for channel in channels), line=tile.line)


def announce_lines(plant: str) -> None:
    """Have the plant's open boards read anew which lines there are, after the commit.

    What a cache that is away does not take is lost: a board then waits until it is loaded anew.
    """
    # A live process of before takes what is said for a tile: of no line, it changes nothing.
    _announce([(board.board_channel(plant), board.LINES_CHANGED, "", {})], plant=plant)


def _announce(said: Iterable[tuple[str, str, str, object]], **about: str) -> None:
    try:
        parts().announcer.announce_all(said)
    except streams.PASSING as fault:
        log.warning("board.not_announced", fault=type(fault).__name__, **about)
