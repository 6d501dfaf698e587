"""Who comes with a Bearer token: gateways, programs that act for a person, and scrapers."""

import hmac
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import NoReturn

import structlog
from flask import g, request

from app.database import PASSING
from app.domain.accounts import Holder, note_used, token_holder
from app.web import gateway_notes, rates
from app.web.handed import directory, gatekeeper, parts
from app.web.problems import Problem

log = structlog.get_logger(__name__)

_SAFE = ("GET", "HEAD")


def has_token() -> bool:
    """Whether the request says it comes with a token: then its cookies say nothing."""
    return "Authorization" in request.headers


def let_programs_in(scope: str | None) -> Holder:
    """The holder of the token that was sent, if it has this scope; else a `Problem`.

    One that is for reading alone changes nothing, whatever a route says of itself.
    """
    holder, now = None, datetime.now(UTC)
    with parts().database.transaction() as database:
        holder = token_holder(database, _token() or "", now=now)
    if holder is None:
        refuse_stranger("an API token is needed; this one is none, wrong, revoked or over")
    rates.count("token", holder.token_id)
    if scope not in holder.scopes or (scope == "read" and request.method not in _SAFE):
        needed = f"the scope «{scope}»" if scope else "a person: no token will do"
        raise Problem(403, "scope-missing", f"this takes {needed}")
    try:
        with parts().database.transaction() as database:
            note_used(database, holder, now)
    except PASSING as fault:
        log.warning("tokens.not_noted", token=holder.token_id, fault=type(fault).__name__)
    return holder


def let_gateways_in() -> None:
    """The gateway whose token was sent, each of its requests counted."""
    identify_gateway()
    rates.count("gateway", g.gateway.gateway_id)


def identify_gateway() -> None:
    """The same; whoever lands what it sent counts in the same round trip."""
    _refresh_names()
    admitted = gatekeeper().admit(_token() or "")
    if admitted is None:
        refuse_stranger("a gateway's token is needed; this one is missing, wrong or revoked")
    g.gateway = admitted
    gateway_notes.heard(admitted)


def let_scrapers_in() -> None:
    """Behind the proxies the address is the client's; the machine itself asks past them."""
    expected, token = parts().config.metrics_token, _token()
    if expected and token is not None:
        if hmac.compare_digest(token.encode(), expected.encode()):
            return
    elif request.remote_addr and ip_address(request.remote_addr).is_loopback:
        return
    raise Problem(401, "unauthorized", "metrics are for this machine, or for who has the token")


def refuse_stranger(why: str) -> NoReturn:
    """Who is nobody hears so, and is counted by the address."""
    rates.count_stranger()
    raise Problem(
        401,
        "unauthorized",
        f"{why}; it comes as «Authorization: Bearer …»",
        headers={"WWW-Authenticate": 'Bearer realm="andon"'},
    )


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _refresh_names() -> None:
    """Read the names anew where they are stale; while the database is away the last ones hold."""
    stale = [names for names in (gatekeeper(), directory()) if names.is_due()]
    if not stale:
        return
    try:
        with parts().database.transaction() as database:
            for names in stale:
                names.refresh(database)
    except PASSING as fault:
        log.warning("names.not_refreshed", fault=type(fault).__name__)
        if not all(names.has_read for names in stale):
            raise
