"""The board: every line of a plant."""

import hashlib
from collections import Counter
from datetime import UTC, datetime

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.domain import board
from app.web import guards
from app.web.handed import ask, parts
from app.web.pages import page, plants_and_chosen

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
    response = Response(
        msgspec.json.encode({"server_time": now, "tiles": tiles}), content_type="application/json"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(_etag(tiles))
    return response.make_conditional(request)


def _etag(tiles: list[board.Tile]) -> str:
    """Over the tiles alone: the time of the answer is no change."""
    return hashlib.sha256(msgspec.json.encode(tiles)).hexdigest()[:32]
