"""Lists of calls, with the names of those who had to do with them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct
from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.andon.types import TYPE_OF_CALL
from app.models import LARGEST_ID, Call, CallType, Line, Moment, Operator, Station

MOST_RECENT = 20

_raiser, _acknowledger, _resolver = (
    aliased(Operator, name=name) for name in ("raiser", "acknowledger", "resolver")
)
_CALLS = (
    select(
        Call.id,
        Line.slug.label("line"),
        Line.name.label("line_name"),
        Station.name.label("station"),
        Call.reason.label("type"),
        func.coalesce(CallType.name, Call.reason).label("type_name"),
        func.coalesce(CallType.colour, "grey").label("colour"),
        Call.urgency,
        func.coalesce(CallType.impact, "none").label("impact"),
        CallType.response_minutes,
        CallType.resolve_minutes,
        Call.raised_at,
        _raiser.name.label("raised_by"),
        Call.raised_note,
        Call.acknowledged_at,
        _acknowledger.name.label("acknowledged_by"),
        Call.acknowledged_note,
        Call.resolved_at,
        _resolver.name.label("resolved_by"),
        Call.resolved_note,
        Call.escalation_level,
        Call.escalated_at,
    )
    .join(Line, Line.id == Call.line_id)
    .join(Station, Station.id == Call.station_id)
    .outerjoin(CallType, TYPE_OF_CALL)
    .outerjoin(_raiser, _raiser.id == Call.raised_by)
    .outerjoin(_acknowledger, _acknowledger.id == Call.acknowledged_by)
    .outerjoin(_resolver, _resolver.id == Call.resolved_by)
)
# Whatever happens to a call expels the answers it is in before the page that did it comes back;
# an hour bounds nothing but memory.
_KEPT = timedelta(hours=1)
_IS_OPEN = Call.resolved_at.is_(None)
_ORDER = (_IS_OPEN.desc(), Call.raised_at.desc(), Call.id.desc())
RECENT = Query(
    _CALLS.where(Call.line_id == bindparam("line")).order_by(*_ORDER).limit(MOST_RECENT),
    name="recent-calls",
    policy=Policy(fresh_for=_KEPT),
)
AFTER = Query(
    _CALLS.where(
        Call.line_id == bindparam("line"),
        tuple_(_IS_OPEN, Call.raised_at, Call.id)
        < tuple_(bindparam("is_open"), bindparam("raised_at"), bindparam("id")),
    )
    .order_by(*_ORDER)
    .limit(bindparam("limit")),
    name="calls-after",
    policy=Policy(fresh_for=_KEPT),
)
OPEN = Query(
    _CALLS.where(Line.plant_id == bindparam("plant"), Call.resolved_at.is_(None)).order_by(
        # Critical before others, unanswered before answered, then who waits longest.
        (Call.urgency == "critical").desc(),
        Call.acknowledged_at.is_not(None),
        Call.raised_at,
    ),
    name="open-calls-of-plant",
    # Small, and on every page.
    policy=Policy(fresh_for=_KEPT, near="tracked"),
)
# Nobody waits for two days; that lets an index find the few that matter among a year's.
_LONGEST_SHOWN = timedelta(days=2)
BETWEEN = Query(
    select(
        func.coalesce(CallType.name, Call.reason).label("name"),
        func.coalesce(CallType.colour, "grey").label("colour"),
        Call.raised_at,
        Call.resolved_at,
    )
    .join(Line, Line.id == Call.line_id)
    .outerjoin(CallType, TYPE_OF_CALL)
    .where(
        Call.line_id == bindparam("line"),
        Call.raised_at > bindparam("earliest"),
        Call.raised_at < bindparam("until"),
        func.coalesce(Call.resolved_at, bindparam("until")) > bindparam("since"),
    )
    .order_by(Call.raised_at),
    name="calls-between",
    policy=Policy(fresh_for=_KEPT),
)


class CallView(Struct, frozen=True):
    """A call with its type and the names of those who had to do with it."""

    id: int
    line: str
    line_name: str
    station: str
    type: str
    type_name: str
    colour: str
    urgency: str
    impact: str
    response_minutes: int | None
    resolve_minutes: int | None
    raised_at: Moment
    raised_by: str | None
    raised_note: str | None
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    acknowledged_note: str | None
    resolved_at: Moment | None
    resolved_by: str | None
    resolved_note: str | None
    escalation_level: int
    escalated_at: Moment | None

    def response(self, now: datetime) -> "Taking":
        """How long it took until somebody came, or is taking."""
        return _taking(self.raised_at, self.acknowledged_at, self.response_minutes, now)

    def resolution(self, now: datetime) -> "Taking":
        """How long it took from the cord until it was put right, or is taking."""
        return _taking(self.raised_at, self.resolved_at, self.resolve_minutes, now)


class CallMark(NamedTuple):
    """A place in a line's calls. One that is resolved meanwhile moves on, and may come twice."""

    is_open: bool
    raised_at: Moment
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID)]


BEFORE_ALL = CallMark(True, datetime.max.replace(tzinfo=UTC), LARGEST_ID)  # noqa: FBT003 (a mark's)


class Taking(Struct, frozen=True):
    """A time beside its threshold; `in_time` is None where there is no threshold.

    What is not over is in time as long as it can still be.
    """

    took: timedelta
    threshold: timedelta | None
    is_over: bool

    @property
    def in_time(self) -> bool | None:
        return None if self.threshold is None else self.took <= self.threshold


def recent_calls(session: Session, line_id: int, *, ask: Ask = directly) -> list[CallView]:
    """A line's calls: the open ones first, then the newest."""
    return _views(ask(session, RECENT, line=line_id))


def calls_after(
    session: Session, line_id: int, mark: CallMark, *, limit: int, ask: Ask = directly
) -> tuple[list[CallView], CallMark | None]:
    """A line's calls as above, from after this place; and the place of the last, if more follow."""
    place = {"is_open": mark.is_open, "raised_at": mark.raised_at, "id": mark.id}
    found = _views(ask(session, AFTER, line=line_id, limit=limit + 1, **place))
    calls = found[:limit]
    if len(found) == len(calls):
        return calls, None
    last = calls[-1]
    return calls, CallMark(last.resolved_at is None, last.raised_at, last.id)


def open_calls(session: Session, plant_id: int, *, ask: Ask = directly) -> list[CallView]:
    """The open calls of a plant, the most urgent first."""
    return _views(ask(session, OPEN, plant=plant_id))


def calls_between(
    session: Session, line_id: int, since: datetime, until: datetime, *, ask: Ask = directly
) -> Sequence[Any]:
    """When a line's calls of this time were raised and resolved, and what they were for."""
    earliest = since - _LONGEST_SHOWN
    return ask(session, BETWEEN, line=line_id, earliest=earliest, since=since, until=until)


def _views(rows: Sequence[object]) -> list[CallView]:
    return [CallView(*(getattr(row, name) for name in CallView.__struct_fields__)) for row in rows]


def _taking(begun: datetime, ended: datetime | None, minutes: int | None, now: datetime) -> Taking:
    threshold = None if minutes is None else timedelta(minutes=minutes)
    return Taking((ended or now) - begun, threshold, ended is not None)
