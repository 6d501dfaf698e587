"""Where the plant is administered: one page that leads to all of them."""

from typing import NamedTuple

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web import guards
from app.web.guards import current_operator
from app.web.pages import account_page

bp = Blueprint("administration", __name__, url_prefix="/administration")


class Room(NamedTuple):
    """A page by the name of its face, what is done there, and who may at least."""

    face: str
    name: str
    about: str
    least: str = "admin"


ROOMS = (
    Room("plants", "Plants", "Lines, stations and sensors: their names, targets and limits."),
    Room("shifts", "Shifts", "When each plant works, its breaks, holidays and extra shifts."),
    Room(
        "call_types", "Call types", "What is called for, and how soon somebody comes.", "supervisor"
    ),
    Room(
        "stop_reasons",
        "Stop reasons",
        "What is said of a line that stood, in groups.",
        "supervisor",
    ),
    Room("people", "People", "Who may sign in, and what they may do."),
    Room("gateways", "Gateways", "Who sends for the machines, and by which token."),
    Room("screens", "Screens", "Links that show the board on a wall."),
    Room("audit", "Audit trail", "Who did what, when and from where."),
)


@bp.get("")
@guards.role("supervisor")
def show() -> ResponseReturnValue:
    rooms = [room for room in ROOMS if current_operator().may(room.least)]
    return account_page("administration/show.html", rooms=rooms)


def is_here(blueprint: str | None) -> bool:
    """Whether the page is one of administration."""
    return blueprint in {bp.name, "places", *(room.face for room in ROOMS)}
