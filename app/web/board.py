"""The board: every line of a plant."""

from collections import Counter
from datetime import UTC, datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.domain import board
from app.web import guards
from app.web.handed import ask, parts
from app.web.pages import page, plants_and_chosen
from app.web.programs import told_once

bp = Blueprint("board", __name__)


@bp.get("/")
@guards.signed_in
def show() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        plants, plant = plants_and_chosen(session)
        tiles = board.tiles(session, now=now, plant=plant.slug, ask=ask)
    counts = Counter(tile.state for tile in tiles)
    return page("board/show.html", plants=plants, plant=plant, tiles=tiles, counts=counts, now=now)


@bp.get("/board.json")
@guards.signed_in
def as_json() -> ResponseReturnValue:
    """The board as live.js reads it when no stream can be had; 304 while nothing changed."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        _, plant = plants_and_chosen(session)
        tiles = board.tiles(session, now=now, plant=plant.slug, ask=ask)
    # The time of the answer is no change.
    return told_once({"server_time": now, "tiles": tiles}, same=tiles)
