"""What gateways send: readings and counted output, landed and answered with 202."""

from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from app import streams
from app.domain import telemetry
from app.web import gateway_notes, guards, rates
from app.web.described import described
from app.web.guards import current_gateway
from app.web.handed import directory, parts
from app.web.problems import Problem
from app.web.programs import must_be_json, told

bp = Blueprint("api", __name__, url_prefix="/api/v1")

# 5,000 readings take about 450 KB as JSON.
LARGEST_BODY_BYTES = 1_048_576
RETRY_AFTER = {"Retry-After": "2"}
PROBLEMS = {422: "some items are wrong; `errors` names each, and none was taken"}


class Accepted(Struct, frozen=True):
    """How many items the cache holds."""

    accepted: int


@bp.post("/readings")
@guards.landing
@described(
    "Readings of sensors, in a batch that is taken whole or not at all",
    answers={202: Accepted},
    problems=PROBLEMS,
    body=telemetry.READINGS.batch,
)
def readings() -> ResponseReturnValue:
    return _landed("readings")


@bp.post("/output")
@guards.landing
@described(
    "Counted pieces, in a batch that is taken whole or not at all",
    answers={202: Accepted},
    problems=PROBLEMS,
    body=telemetry.OUTPUT.batch,
)
def output() -> ResponseReturnValue:
    return _landed("output")


def _landed(kind: str) -> ResponseReturnValue:
    """202 once the cache holds the batch; until then nothing of it is taken.

    What lands is counted as it lands; what is wrong is counted here, as often as it may come.
    """
    accept = telemetry.accept_readings if kind == "readings" else telemetry.accept_output
    try:
        must_be_json()
        accepted = accept(
            request.get_data(),
            names=directory(),
            plant_id=current_gateway().plant_id,
            now=datetime.now(UTC),
        )
    except Problem:
        _count_wrong()
        raise
    except telemetry.Refused as refusal:
        _count_wrong()
        gateway_notes.refused(current_gateway(), refusal.in_short)
        status, code = (400, "malformed") if refusal.malformed else (422, "bad-items")
        raise Problem(status, code, str(refusal), errors=refusal.bad) from refusal
    _land(accepted.batch, kind)
    return told(Accepted(accepted.items), 202)


def _count_wrong() -> None:
    rates.count("gateway", current_gateway().gateway_id)


def _land(batch: bytes, kind: str) -> None:
    quota, source = rates.quota("gateway"), current_gateway().name
    try:
        if not quota.most:
            parts().landing.add(batch, source=source, kind=kind)
            return
        standing = parts().landing.add_in_turn(batch, source=source, kind=kind, quota=quota)
    except streams.LandingFull as full:
        raise Problem(
            503, "landing-full", "storing is behind; send this batch again", headers=RETRY_AFTER
        ) from full
    except streams.PASSING as fault:
        raise Problem(
            503,
            "cache-away",
            "the cache does not take data just now; send this batch again",
            headers=RETRY_AFTER,
        ) from fault
    if standing.is_refused:
        rates.rates().refused()
    rates.heed(standing)
