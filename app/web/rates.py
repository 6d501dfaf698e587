"""How often the API may be asked: counted for each caller, told in headers, refused with a 429.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11.
"""

import time
from datetime import timedelta
from typing import cast

from flask import Flask, Response, current_app, g, request

from app.domain.accounts import Rates, network
from app.parts import Parts
from app.streams.turns import Quota, Standing
from app.web.handed import parts
from app.web.problems import Problem

_MINUTE = timedelta(minutes=1)


def install(app: Flask, parts: Parts) -> None:
    """Count in the cache, and tell every caller of the API how they stand."""
    app.extensions["andon.rates"] = Rates(parts.redis, time.monotonic)
    app.after_request(_tell)


def quota(kind: str) -> Quota:
    """How often such a caller may come."""
    config = parts().config
    most = config.gateway_batches if kind == "gateway" else config.api_requests
    return Quota(kind, most, _MINUTE)


def count(kind: str, number: int) -> None:
    """Count this request for its caller; raises a `Problem` for one too many."""
    _take(quota(kind), str(number))


def count_stranger() -> None:
    """The same for who is nobody, by the address: it may be a whole plant's."""
    _take(quota("address"), network(request.remote_addr or ""))


def heed(standing: Standing) -> None:
    """Let the answer say how the caller stands; raises a `Problem` where they came too soon."""
    g.rate = standing
    if standing.is_refused:
        raise Problem(
            429,
            "quota-exceeded",
            f"over {standing.quota.most} requests a minute; wait {standing.wait_seconds} seconds",
            headers={"Retry-After": str(standing.wait_seconds)},
            **{"violated-policies": [standing.quota.name]},
        )


def rates() -> Rates:
    """Who counts in this application."""
    return cast("Rates", current_app.extensions["andon.rates"])


def _take(quota: Quota, caller: str) -> None:
    standing = rates().take(quota, caller)
    if standing is not None:
        heed(standing)


def _tell(response: Response) -> Response:
    standing: Standing | None = g.get("rate")
    if standing is not None:
        name, most, window = standing.quota
        seconds = int(window.total_seconds())
        response.headers["RateLimit-Policy"] = f'"{name}";q={most};w={seconds}'
        left, full_in = standing.left, standing.full_in_seconds
        response.headers["RateLimit"] = f'"{name}";r={left};t={full_in}'
    return response
