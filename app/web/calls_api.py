"""A line's calls for programs: what happened, how long it took, and another call."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from app.domain import andon
from app.models import Moment
from app.web import guards
from app.web.calls import pull
from app.web.described import described
from app.web.handed import ask, parts
from app.web.lines import find_line
from app.web.programs import sent, told

bp = Blueprint("calls_api", __name__, url_prefix="/api/v1/lines")

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]


class NewCall(msgspec.Struct, forbid_unknown_fields=True):
    """A call as a program raises it."""

    station: Slug
    type: Slug
    note: str = ""


class CallTold(andon.CallView, frozen=True, kw_only=True):
    """A call with its times so far, and whether they are within their thresholds."""

    response_seconds: int
    response_in_time: bool | None
    resolution_seconds: int
    resolution_in_time: bool | None


class CallType(msgspec.Struct, frozen=True):
    """What may be called for."""

    slug: str
    name: str
    colour: str
    urgency: str
    impact: str
    response_minutes: int | None
    resolve_minutes: int | None
    escalation_minutes: int | None


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """A line's calls, and what may be called for."""

    server_time: Moment
    calls: list[CallTold]
    types: list[CallType]


class Raised(msgspec.Struct, frozen=True):
    """A call that is open now; `Location` is where it can be seen."""

    id: int
    line: str
    type: str


@bp.get("/<slug>/calls")
@guards.signed_in
@described(
    "The open calls of a line, then the newest, and what may be called for",
    answers={200: Calls},
    problems={404: "no such line"},
)
def show(slug: str) -> ResponseReturnValue:
    """The open calls and the newest others, as on the line's page, and what may be called for."""
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        calls = andon.recent_calls(session, line.id, ask=ask)
        types = andon.call_types(session, line.plant_id, ask=ask)
    return told(
        Calls(
            server_time=now,
            calls=[_told(call, now) for call in calls],
            types=msgspec.convert(types, list[CallType], from_attributes=True),
        )
    )


@bp.post("/<slug>/calls")
@guards.role("operator", scope="calls")
@described(
    "Pull the cord",
    answers={201: Raised},
    problems={
        404: "no such station on this line",
        409: "such a call is open already; `call` says which",
        422: "no such type, too many words, another form",
    },
    body=NewCall,
)
def raise_call(slug: str) -> ResponseReturnValue:
    new = sent(NewCall, code="bad-call")
    with parts().database.transaction() as session:
        find_line(session, slug)
    call, line = pull(slug, station=new.station, reason=new.type, note=new.note)
    response = told(Raised(call.id, line, call.reason), 201)
    response.location = url_for("lines.show", slug=line, _anchor=f"call-{call.id}")
    return response


def _told(call: andon.CallView, now: datetime) -> CallTold:
    response, resolution = call.response(now), call.resolution(now)
    return CallTold(
        **msgspec.structs.asdict(call),
        response_seconds=int(response.took.total_seconds()),
        response_in_time=response.in_time,
        resolution_seconds=int(resolution.took.total_seconds()),
        resolution_in_time=resolution.in_time,
    )
