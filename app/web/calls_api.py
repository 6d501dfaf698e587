"""A line's calls for programs: what happened, how long it took, and another call."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.domain import andon, board
from app.web import guards
from app.web.calls import pull
from app.web.handed import ask, parts
from app.web.problems import Problem

bp = Blueprint("calls_api", __name__, url_prefix="/api/v1/lines")

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]


class NewCall(msgspec.Struct, forbid_unknown_fields=True):
    """A call as a program raises it."""

    station: Slug
    type: Slug
    note: str = ""


@bp.get("/<slug>/calls")
@guards.signed_in
def show(slug: str) -> ResponseReturnValue:
    """The open calls and the newest others, as on the line's page, and what may be called for."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = board.find_line(session, slug, ask=ask)
        if line is None:
            raise NotFound("There is no such line.")
        calls = andon.recent_calls(session, line.id, ask=ask)
        types = andon.call_types(session, line.plant_id, ask=ask)
    facts = {
        "server_time": now,
        "calls": [_told(call, now) for call in calls],
        "types": [{name: getattr(each, name) for name in each.__struct_fields__} for each in types],
    }
    return _json(facts, 200)


@bp.post("/<slug>/calls")
@guards.role("operator")
def raise_call(slug: str) -> ResponseReturnValue:
    if request.mimetype != "application/json":
        raise Problem(415, "not-json", "send JSON, with «Content-Type: application/json»")
    try:
        new = msgspec.json.decode(request.get_data(), type=NewCall)
    except msgspec.ValidationError as error:
        raise Problem(422, "bad-call", str(error)) from error
    except msgspec.DecodeError as error:
        raise Problem(400, "malformed", str(error)) from error
    call, line = pull(slug, station=new.station, reason=new.type, note=new.note)
    response = _json({"id": call.id, "line": line, "type": call.reason}, 201)
    response.location = url_for("lines.show", slug=line, _anchor=f"call-{call.id}")
    return response


def _told(call: andon.CallView, now: datetime) -> dict[str, object]:
    """The call, with its times so far in seconds and whether they are within their thresholds."""
    told = msgspec.structs.asdict(call)
    for name, taking in (("response", call.response(now)), ("resolution", call.resolution(now))):
        told[f"{name}_seconds"] = int(taking.took.total_seconds())
        told[f"{name}_in_time"] = taking.in_time
    return told


def _json(facts: dict[str, object], status: int) -> Response:
    return Response(msgspec.json.encode(facts), status, content_type="application/json")
