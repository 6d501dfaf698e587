"""A line's stops for programs: when it stood, for how long, and why."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta, Struct

from app.domain import reports, telemetry
from app.domain.stops import Reason, reasons
from app.models import LONGEST_COMMENT, Moment
from app.web import guards
from app.web.described import described
from app.web.handed import ask, parts
from app.web.lines import find_line
from app.web.pages import plants_and_chosen
from app.web.programs import asked, refuse, sent, told, told_once
from app.web.stops import say

bp = Blueprint("stops_api", __name__, url_prefix="/api/v1/lines")

LONGEST = timedelta(days=31)
BY_DEFAULT = timedelta(days=1)

Slug = Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$")]


class Stretch(Struct, frozen=True):
    """From when until when (the last day)."""

    since: Moment | None = None
    until: Moment | None = None


class StopTold(Struct, frozen=True, kw_only=True):
    """A stop; `seconds` is what of it was working time, `reason` a slug of `reasons`."""

    starts_at: Moment
    ends_at: Moment
    is_over: bool
    seconds: float
    reason: str | None
    reason_name: str | None
    comment: str | None


class Stops(Struct, frozen=True, kw_only=True):
    """A line's stops in order, 300 at most: those that cost most; and what reasons there are."""

    line: str
    since: Moment
    until: Moment
    stops: list[StopTold]
    reasons: list[Reason]


class GivenReason(Struct, forbid_unknown_fields=True):
    """Why the line stood; null takes back what was said."""

    reason: Slug | None
    comment: Annotated[str, Meta(max_length=LONGEST_COMMENT)] = ""


class ReasonTold(Struct, frozen=True, kw_only=True):
    """What is said of the stop now."""

    line: str
    starts_at: Moment
    reason: str | None


@bp.get("/<slug>/stops")
@guards.signed_in
@described(
    "When a line stood for ten minutes of working time or more, and why",
    answers={200: Stops},
    problems={404: "no such line"},
    query=Stretch,
    may_be_unchanged=True,
)
def show(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    since, until = _in_bounds(asked(Stretch), now)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        plants, _ = plants_and_chosen(session)
        plant = next(plant.slug for plant in plants if plant.id == line.plant_id)
        span = reports.between("", since, until, zone=ZoneInfo("UTC"), now=now)
        listed = reports.stops(session, span, plant=plant, line=slug, ask=ask, now=now)
        groups = reasons(session, line.plant_id, ask=ask)
    answer = Stops(
        line=slug,
        since=span.since,
        until=span.until,
        stops=_told(listed.items),
        reasons=[one for group in groups for one in (group.reason, *group.closer)],
    )
    # Not how long one lasts by now: whoever has the stop knows since when.
    same = [
        stop if stop.is_over else (stop.starts_at, stop.reason, stop.comment)
        for stop in answer.stops
    ]
    return told_once(answer, same=(same, answer.reasons))


@bp.put("/<slug>/stops/<starts_at>/reason")
@guards.role("operator", scope="calls")
@described(
    "Say why a line stood from this moment on; the audit keeps who did, and what was before",
    answers={200: ReasonTold},
    problems={
        404: "no such line, or it does not stand from then on",
        422: "no such reason, too many words, another form",
    },
    body=GivenReason,
)
def give_reason(slug: str, starts_at: str) -> ResponseReturnValue:
    given = sent(GivenReason, code="bad-reason")
    at = say(slug, starts_at, reason=given.reason or "", comment=given.comment)
    return told(ReasonTold(line=slug, starts_at=at, reason=given.reason))


def _in_bounds(stretch: Stretch, now: datetime) -> tuple[datetime, datetime]:
    """From when until when; refuses what is still to come, too long ago or too long."""
    until = stretch.until or now
    if not telemetry.EARLIEST <= until <= now + BY_DEFAULT:
        refuse(until="is too far away")
    since = stretch.since or until - BY_DEFAULT
    if since < telemetry.EARLIEST:
        refuse(since=f"is before {telemetry.EARLIEST.year}")
    if not timedelta(0) < until - since <= LONGEST or since >= now:
        refuse(since=f"is not before «until» and now, or more than {LONGEST.days} days before it")
    return since.astimezone(UTC), until.astimezone(UTC)


def _told(listed: Sequence[Any]) -> list[StopTold]:
    return [
        StopTold(
            starts_at=stop.starts_at,
            ends_at=stop.ends_at,
            is_over=stop.is_over,
            seconds=stop.seconds,
            reason=stop.why,
            reason_name=stop.reason,
            comment=stop.comment,
        )
        for stop in sorted(listed, key=lambda stop: stop.starts_at)
    ]
