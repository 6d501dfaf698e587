"""Probes: does the process live, do its neighbours answer."""

import msgspec
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.observability.probes import ask_all
from app.observability.release import version
from app.web import guards
from app.web.errors import PASSING
from app.web.handed import parts

bp = Blueprint("probes", __name__)


@bp.get("/healthz")
@guards.anyone
def healthz() -> ResponseReturnValue:
    """The process lives. It asks nobody: an outage of the cache must not end the instances."""
    return Response("ok\n", content_type="text/plain")


@bp.get("/readyz")
@guards.anyone
def readyz() -> ResponseReturnValue:
    """Which neighbours answer, and how soon; 503 if one does not."""
    answers = ask_all({"database": _ask_database, "cache": parts().redis.ping}, PASSING)
    ready = all(answer.error is None for answer in answers.values())
    body = {"ready": ready, "version": version()} | {
        name: {"answers": answer.error is None, "ms": answer.milliseconds, "error": answer.error}
        for name, answer in answers.items()
    }
    status = 200 if ready else 503
    return Response(msgspec.json.encode(body), status, content_type="application/json")


def _ask_database() -> None:
    with parts().database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
