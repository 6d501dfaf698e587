"""A line's alerts for programs: which limits were passed, how far and for how long."""

from datetime import UTC, datetime

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.domain import alerts
from app.models import Moment
from app.web import guards
from app.web.described import described
from app.web.handed import ask, parts
from app.web.lines import find_line
from app.web.programs import told_once

bp = Blueprint("alerts_api", __name__, url_prefix="/api/v1/lines")


class AlertTold(alerts.AlertView, frozen=True, kw_only=True):
    """An alert, `high` or `low`, with how far beyond its limit it went, and how long it lasted."""

    beyond_by: float
    lasted_seconds: int


class Alerts(msgspec.Struct, frozen=True, kw_only=True):
    """A line's alerts."""

    server_time: Moment
    alerts: list[AlertTold]


@bp.get("/<slug>/alerts")
@guards.signed_in
@described(
    "The open alerts of a line's sensors, then those of the last day, the newest first",
    answers={200: Alerts},
    problems={404: "no such line"},
    may_be_unchanged=True,
)
def show(slug: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        line = find_line(session, slug)
        found = alerts.recent_alerts(session, line.id, now=now, ask=ask)
    told = Alerts(server_time=now, alerts=[_told(alert, now) for alert in found])
    # Not how long one lasts by now: whoever has the alert knows since when.
    return told_once(told, same=found)


def _told(alert: alerts.AlertView, now: datetime) -> AlertTold:
    return AlertTold(
        **msgspec.structs.asdict(alert),
        beyond_by=alert.beyond,
        lasted_seconds=int(alert.lasted(now).total_seconds()),
    )
