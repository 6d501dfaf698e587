"""One log line per request."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from app.web.handed import parts

log = structlog.get_logger("andon.request")

# A caller's own id is kept when it is harmless to print.
_HARMLESS = re.compile(r"[A-Za-z0-9=._;:-]{8,100}")
# The load balancer asks every few seconds; what it hears is no news.
_QUIET = {"/healthz"}


def install(app: Flask) -> None:
    """Name and time each request, and write its line when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    request_id()
    g.started = time.perf_counter()


def request_id() -> str:
    """This request's name: the caller's where it is harmless, else one of our own."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id") or request.headers.get("X-Amzn-Trace-Id") or ""
        g.request_id = given if _HARMLESS.fullmatch(given) else uuid.uuid4().hex
    name: str = g.request_id
    return name


def _end(response: Response) -> Response:
    if request.path in _QUIET and response.status_code < 400:  # noqa: PLR2004 (HTTP's own line)
        return response
    elapsed = time.perf_counter() - g.get("started", time.perf_counter())
    log.info(
        "request",
        request_id=request_id(),
        instance=parts().config.instance_id,
        method=request.method,
        route=str(request.url_rule) if request.url_rule else None,
        status=response.status_code,
        ms=round(elapsed * 1000, 1),
    )
    return response
