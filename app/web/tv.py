"""The wall: a plant's board for a screen that nobody touches, by a signed link."""

from collections import Counter
from datetime import UTC, datetime

import msgspec
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.domain import board
from app.web import guards
from app.web.assets import version
from app.web.handed import ask, parts
from app.web.headers import live_origin
from app.web.screen_links import current_screen, keep_key

bp = Blueprint("tv", __name__, url_prefix="/tv")

# More are too small to read from ten metres: the wall shows them by turns.
MOST_LINES = 20


@bp.get("/<plant>")
@guards.screen
def show(plant: str) -> ResponseReturnValue:
    screen = current_screen()
    if screen is not None and "key" in request.args:
        return _without_key(plant)
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        found = next((each for each in board.plants(session, ask=ask) if each.slug == plant), None)
        if found is None:
            raise NotFound("There is no such plant.")
        tiles = board.tiles(session, now=now, plant=plant, ask=ask)
    response = make_response(
        render_template(
            "tv/show.html",
            plant=found,
            turns=[tiles[at : at + MOST_LINES] for at in range(0, len(tiles), MOST_LINES)],
            counts=Counter(tile.state for tile in tiles),
            now=now,
            live_origin=live_origin(),
            version=version(),
        )
    )
    response.headers["Cache-Control"] = "no-store"
    if screen is not None:
        keep_key(response, screen)
    return response


@bp.get("/<plant>/board.json")
@guards.screen
def as_json(plant: str) -> ResponseReturnValue:
    """The board while no stream can be had; and what the pages of this version are made of."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        tiles = board.tiles(session, now=now, plant=plant, ask=ask)
    body = {"server_time": now, "version": version(), "tiles": tiles}
    response = Response(msgspec.json.encode(body), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _without_key(plant: str) -> ResponseReturnValue:
    response = redirect(url_for("tv.show", plant=plant), 303)
    screen = current_screen()
    if screen is not None:
        keep_key(response, screen)
    return response
