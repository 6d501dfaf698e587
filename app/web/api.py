"""What gateways send: readings and counted output, landed and answered with 202."""

from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from app import streams
from app.domain import telemetry
from app.web import gateway_notes, guards
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
@guards.gateway
@described(
    "Readings of sensors, in a batch that is taken whole or not at all",
    answers={202: Accepted},
    problems=PROBLEMS,
    body=telemetry.READINGS.batch,
)
def readings() -> ResponseReturnValue:
    return _landed("readings")


@bp.post("/output")
@guards.gateway
@described(
    "Counted pieces, in a batch that is taken whole or not at all",
    answers={202: Accepted},
    problems=PROBLEMS,
    body=telemetry.OUTPUT.batch,
)
def output() -> ResponseReturnValue:
    return _landed("output")


def _landed(kind: str) -> ResponseReturnValue:
    """202 once the cache holds the batch; until then nothing of it is taken."""
    must_be_json()
    accept = telemetry.accept_readings if kind == "readings" else telemetry.accept_output
    try:
        accepted = accept(
            request.get_data(),
            names=directory(),
            plant_id=current_gateway().plant_id,
            now=datetime.now(UTC),
        )
    except telemetry.Refused as refusal:
        gateway_notes.refused(current_gateway(), refusal.in_short)
        status, code = (400, "malformed") if refusal.malformed else (422, "bad-items")
        raise Problem(status, code, str(refusal), errors=refusal.bad) from refusal
    _land(accepted.batch, kind)
    return told(Accepted(accepted.items), 202)


def _land(batch: bytes, kind: str) -> None:
    try:
        parts().landing.add(batch, source=current_gateway().name, kind=kind)
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
