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
from app.web.paging import cursor_of, lead_on, mark_of
from app.web.programs import asked, sent, told, told_once

bp = Blueprint("calls_api", __name__, url_prefix="/api/v1/lines")

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]


class Part(msgspec.Struct, frozen=True):
    """How many, and after which: `cursor` comes from the link to the next part."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,100}$")] | None = None


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
    query=Part,
    may_be_unchanged=True,
    is_paged=True,
)
def show(slug: str) -> ResponseReturnValue:
    now, part = datetime.now(UTC), asked(Part)
    mark = mark_of(part.cursor, andon.CallMark) if part.cursor else andon.BEFORE_ALL
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        views, more = andon.calls_after(session, line.id, mark, limit=part.limit, ask=ask)
        types = andon.call_types(session, line.plant_id, ask=ask)
    calls = Calls(
        server_time=now,
        calls=[_told(view, now) for view in views],
        types=msgspec.convert(types, list[CallType], from_attributes=True),
    )
    # Not how long a call is open by now: whoever has the call knows since when.
    in_time = [(call.response_in_time, call.resolution_in_time) for call in calls.calls]
    response = told_once(calls, same=(views, in_time, calls.types))
    return lead_on(response, cursor=cursor_of(more)) if more else response


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
