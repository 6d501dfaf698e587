"""Attempts at passwords, counted in the cache; and browsers that are known by a cookie."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from itsdangerous import BadSignature
from limits.storage import RedisClusterStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from sqlalchemy.orm import Session
from werkzeug import Response

from app.domain.accounts import Attempt, Attempts, Hashing, at_sign_in
from app.parts import Parts
from app.streams.client import as_redis_url, is_cluster
from app.web.handed import parts
from app.web.signed_cookies import cookie_name, signer

_NAME, _PREFIX = "device", "attempts"
_TIMEOUT_SECONDS = 0.25
# A browser that nobody signed in from for so long is a stranger again.
_KNOWN_SECONDS = 180 * 24 * 3600
# A tablet at a line knows a shift's people; a cookie has room for no more.
_MOST_NAMES = 20


def install(app: Flask, parts: Parts) -> None:
    """Count in the cache that the sessions are kept in; it is dialled when it is first needed."""

    @cache
    def limiter() -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(_storage(parts.config.cache_url, parts.access.cache))

    app.extensions["andon.attempts"] = Attempts(limiter)
    app.extensions["andon.hashing"] = Hashing()


def count(attempt: Attempt, database: Session) -> None:
    """Let the try go on, or refuse with `TooManyAttempts`; it counts where the database answers.

    Nobody guesses anything during an outage, and five tries in it would lock out for long after.
    """
    database.connection()
    attempts().begin(attempt)


@contextmanager
def in_turn() -> Iterator[Session]:
    """A transaction in which a password may be checked, or a refusal with `TooManyAtOnce`.

    It begins before the try is counted: who is sent away by a rush has not guessed.
    """
    hashing = cast("Hashing", current_app.extensions["andon.hashing"])
    with hashing.turn(), parts().database.transaction() as database:
        yield database


def attempts() -> Attempts:
    """Who counts in this application."""
    return cast("Attempts", current_app.extensions["andon.attempts"])


def attempt_to_sign_in(username: str) -> Attempt:
    """This request's try; a browser that this name signed in from before is counted by itself."""
    known = _cookie()
    is_known = _mark(known["device"], username) in known["names"]
    return at_sign_in(
        username,
        address=request.remote_addr or "",
        known_device=known["device"] if is_known else None,
    )


def know_this_browser(response: Response, username: str) -> None:
    """Let the browser say next time that this name signed in from it."""
    known = _cookie()
    mark = _mark(known["device"], username)
    names = [mark, *(name for name in known["names"] if name != mark)][:_MOST_NAMES]
    response.set_cookie(
        cookie_name(_NAME),
        signer(_NAME).dumps({"device": known["device"], "names": names}),
        max_age=_KNOWN_SECONDS,
        secure=parts().config.in_production,
        httponly=True,
        samesite="Lax",
    )


def _storage(url: str, access: Mapping[str, Any]) -> RedisStorage:
    # No retries: a page that waits for its counters had better say that it cannot be had.
    options: dict[str, Any] = {
        "key_prefix": _PREFIX,
        "socket_timeout": _TIMEOUT_SECONDS,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        "protocol": 2,
        **access,
    }
    split = urlsplit(as_redis_url(url))
    if not is_cluster(url):
        return RedisStorage(split.geturl(), retry=Retry(NoBackoff(), 1), **options)  # type: ignore[arg-type]
    try:
        # `url` is redis-py's: only with one does it take a class of pools.
        return RedisClusterStorage(
            f"redis+cluster://{split.netloc}", url=f"{split.scheme}://{split.netloc}", **options
        )
    except RedisClusterException as fault:  # it dials at once, and has a fault of its own for that
        raise Unreachable(str(fault)) from fault


def _cookie() -> dict[str, Any]:
    """What the cookie says, or what a new one would."""
    try:
        known = signer(_NAME).loads(
            request.cookies.get(cookie_name(_NAME), ""), max_age=_KNOWN_SECONDS
        )
    except BadSignature:
        return {"device": secrets.token_urlsafe(16), "names": []}
    return cast("dict[str, Any]", known)


def _mark(device: str, username: str) -> str:
    # Not the name: a tablet should not tell one user who the others are.
    return hashlib.sha256(f"{device} {username.lower()}".encode(errors="replace")).hexdigest()[:16]
