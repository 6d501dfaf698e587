"""How often the API may be asked: counted for each caller, told in headers, refused with a 429.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11.
"""

import time
from datetime import timedelta
from typing import cast

from flask import Flask, Response, current_app, g, request

from app.domain.accounts import Quota, Rates, Standing, network
from app.parts import Parts
from app.web.handed import parts
from app.web.problems import Problem

_MINUTE = timedelta(minutes=1)


def install(app: Flask, parts: Parts) -> None:
    """Count in the cache, and tell every caller of the API how they stand."""
    app.extensions["andon.rates"] = Rates(parts.redis, time.monotonic)
    app.after_request(_tell)


def count(kind: str, number: int) -> None:
    """Count this request for its caller; raises a `Problem` for one too many."""
    config = parts().config
    most = config.gateway_batches if kind == "gateway" else config.api_requests
    _take(Quota(kind, most, _MINUTE), str(number))


def count_stranger() -> None:
    """The same for who is nobody, by the address: it may be a whole plant's."""
    quota = Quota("address", parts().config.api_requests, _MINUTE)
    _take(quota, network(request.remote_addr or ""))


def _take(quota: Quota, caller: str) -> None:
    rates = cast("Rates", current_app.extensions["andon.rates"])
    standing = g.rate = rates.take(quota, caller)
    if standing is not None and standing.is_refused:
        raise Problem(
            429,
            "quota-exceeded",
            f"more than {quota.most} requests a minute; wait {standing.wait_seconds} seconds",
            headers={"Retry-After": str(standing.wait_seconds)},
            **{"violated-policies": [quota.name]},
        )


def _tell(response: Response) -> Response:
    standing: Standing | None = g.get("rate")
    if standing is not None:
        name, most, window = standing.quota
        seconds = int(window.total_seconds())
        response.headers["RateLimit-Policy"] = f'"{name}";q={most};w={seconds}'
        left, full_in = standing.left, standing.full_in_seconds
        response.headers["RateLimit"] = f'"{name}";r={left};t={full_in}'
    return response
