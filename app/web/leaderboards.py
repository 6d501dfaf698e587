"""Leaderboards: a page for people, and the same for programs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Meta, Struct
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound

from app.domain import leaderboards
from app.domain.leaderboards import BOARDS, WINDOWS, Window
from app.leaderboards import Asked, Place
from app.models import Moment
from app.web import guards
from app.web.described import described
from app.web.guards import current_operator
from app.web.handed import ask, parts
from app.web.pages import page, plants_and_chosen
from app.web.paging import lead_on
from app.web.programs import asked, refuse, told_once

bp = Blueprint("leaderboards", __name__)

TOP = 20
FURTHEST = 10_000_000
BESIDE = 2
BESIDE_IN_JSON = 5


class Row(Struct, frozen=True):
    """A place, and what to call who has it."""

    rank: int
    member: str
    name: str
    score: int


class Around(Struct, frozen=True):
    """A member's own row, the share of the others that are behind it, and those around it."""

    own: Row
    percentile: float
    rows: list[Row]


class Board(Struct, frozen=True, kw_only=True):
    """A board as it is answered; `source` and `as_of` say by whom, and of when it is."""

    board: str
    plant: str
    window: str
    starts_at: Moment | None
    ends_at: Moment | None
    count: int
    limit: int
    offset: int
    rows: list[Row]
    around: Around | None
    source: str
    as_of: Moment


class Part(Struct, frozen=True):
    """Which window of a board, and which part of it; `around` is a member, or `me`."""

    window: Literal["shift", "day", "week", "all"] = "shift"
    plant: str | None = None
    limit: Annotated[int, Meta(ge=0, le=100)] = TOP
    offset: Annotated[int, Meta(ge=0, le=FURTHEST)] = 0
    around: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class Where(NamedTuple):
    """Which board, of which plant, in which window; there is none of a shift where none was."""

    board: str
    plant: Any
    kind: str
    window: Window | None


@bp.get("/leaderboards/<board>")
@guards.signed_in
def show(board: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    kind = request.args.get("window", WINDOWS[0])
    if kind not in WINDOWS:
        raise BadRequest(f"A window is one of {', '.join(WINDOWS)}.")
    with parts().database.transaction() as session:
        plants, where = _where(session, board, kind, now)
        own = _own_member(session, where)
        stood = _board(session, where, Asked(TOP, 0, own, BESIDE), now)
    return page(
        "leaderboards/show.html",
        plants=plants,
        plant=where.plant,
        plant_page="leaderboards.show",
        plant_page_terms={"board": board, "window": kind},
        stood=stood,
        boards=BOARDS,
        windows=WINDOWS,
        when=_in_words(where.window, now),
        as_of=stood.as_of.astimezone(ZoneInfo(where.window.zone if where.window else "UTC")),
    )


@bp.get("/api/v1/leaderboards/<board>")
@guards.signed_in
@described(
    "A part of a board, and whoever is asked for with those around",
    answers={200: Board},
    problems={404: "no such board, or no such plant"},
    path={"board": Literal["operators", "teams", "lines"]},
    query=Part,
    may_be_unchanged=True,
    is_paged=True,
)
def as_json(board: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    query = asked(Part)
    if query.around == "me" and board == "lines":
        refuse(around="nobody is a line")
    with parts().database.transaction() as session:
        _, where = _where(session, board, query.window, now)
        member = _own_member(session, where) if query.around == "me" else query.around
        terms = Asked(query.limit, query.offset, member, BESIDE_IN_JSON)
        stood = _board(session, where, terms, now)
    # Not when it was answered, nor by whom.
    same = msgspec.structs.replace(stood, as_of=datetime.min.replace(tzinfo=UTC), source="")
    response, after = told_once(stood, same=same), query.offset + query.limit
    if query.limit and after < min(stood.count, FURTHEST):
        return lead_on(response, offset=after)
    return response


def _where(session: Session, board: str, kind: str, now: datetime) -> tuple[Any, Where]:
    if board not in BOARDS:
        raise NotFound(f"There is no such board; there are {', '.join(BOARDS)}.")
    plants, plant = plants_and_chosen(session)
    window = leaderboards.window_at(session, plant.id, kind, now, ask=ask)
    return plants, Where(board, plant, kind, window)


def _own_member(session: Session, where: Where) -> str | None:
    """As whom the reader stands on the board: teams of another plant have the same names."""
    reader = current_operator()
    if reader.plant_id != where.plant.id:
        return None
    return leaderboards.own_member(session, where.board, reader.id, ask=ask)


def _board(session: Session, where: Where, asked: Asked, now: datetime) -> Board:
    stood = leaderboards.standing(
        session,
        parts().leaderboards,
        plant_id=where.plant.id,
        board=where.board,
        window=where.window,
        asked=asked,
        now=now,
    )
    own = stood.seen.own
    shown = [*stood.seen.page, *(own.around if own else [])]
    names = leaderboards.names(session, where.board, {it.member for it in shown}, ask=ask)
    around = None
    if own is not None and stood.seen.percentile is not None:
        percentile = round(stood.seen.percentile, 1)
        around = Around(_row(own.place, names), percentile, _rows(own.around, names))
    return Board(
        board=where.board,
        plant=where.plant.slug,
        window=where.kind,
        starts_at=where.window.starts_at if where.window else None,
        ends_at=where.window.ends_at if where.window else None,
        count=stood.seen.count,
        limit=asked.limit,
        offset=asked.offset,
        rows=_rows(stood.seen.page, names),
        around=around,
        source=stood.source,
        as_of=stood.seen.at,
    )


def _rows(places: list[Place], names: Mapping[str, str]) -> list[Row]:
    return [_row(place, names) for place in places]


def _row(place: Place, names: Mapping[str, str]) -> Row:
    name = names.get(place.member, place.member)
    return Row(place.rank, place.member, name, place.score)


def _in_words(window: Window | None, now: datetime) -> str:
    """When the window is, by the clock on the plant's wall."""
    if window is None:
        return "No shift is planned"
    if window.starts_at is None or window.ends_at is None:
        return "Since the first piece"
    zone = ZoneInfo(window.zone)
    begins, ends = window.starts_at.astimezone(zone), window.ends_at.astimezone(zone)
    if window.kind == "shift":
        over = ", over" if window.ends_at <= now else ""
        return f"{begins:%A}, {begins:%H:%M} to {ends:%H:%M}{over}"
    if window.kind == "day":
        return f"{begins:%A}, {begins.day} {begins:%B}"
    return f"Week {begins:%V}, from {begins:%A}, {begins.day} {begins:%B}"
