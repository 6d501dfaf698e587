"""The cookie of a browser that stays signed in."""

from datetime import UTC, datetime

import structlog
from flask import Flask, g, request
from itsdangerous import BadSignature
from sqlalchemy.orm import Session
from werkzeug import Response

from app.domain.accounts import STAYS, Reused, Stay, end, recall
from app.web.handed import parts, session_store
from app.web.sign_ins import forget, resume
from app.web.signed_cookies import cookie_name, signer

log = structlog.get_logger(__name__)

_NAME = "stay"


def install(app: Flask) -> None:
    """Send the browser what it keeps from now on, or take it away."""
    app.after_request(_send)


def keep(stay: Stay | None) -> None:
    """Let the browser keep this when the answer is sent; None takes what it has."""
    g.stay = stay


def is_kept() -> bool:
    """Whether the browser has such a cookie, whatever it is worth."""
    return cookie_name(_NAME) in request.cookies


def begin_anew(database: Session) -> None:
    """End what stayed signed in on this browser: somebody else is about to sign in, or the same."""
    kept = _kept()
    if kept is not None:
        end(database, kept)


def come_back() -> bool:
    """Sign in whoever stays signed in on this browser; False if nobody does."""
    kept = _kept()
    if kept is None:
        return False
    with parts().database.transaction() as database:
        found = recall(database, kept, datetime.now(UTC))
        if found is None:
            return False
        if not isinstance(found, Reused):
            # A token is changed only where the session can be kept: else it would be lost.
            session_store().of(found.operator.id)
            before = resume(found.row, found.operator)
    if isinstance(found, Reused):
        keep(None)
        forget([found.name])
        log.warning("accounts.token_reused", operator=found.operator_id)
        return False
    keep(found.stay)
    forget([before])
    log.info("accounts.came_back", operator=found.operator.id)
    return True


def _kept() -> Stay | None:
    # Signed, so that a stranger's cookie costs the database nothing.
    try:
        series, token = signer(_NAME).loads(request.cookies.get(cookie_name(_NAME), ""))
    except BadSignature:
        return None
    return Stay(series, token)


def _send(response: Response) -> Response:
    if "stay" not in g or (g.stay is None and not is_kept()):
        return response
    # A value that is over at once, with the same flags, is how browsers delete a `__Host-` cookie.
    response.set_cookie(
        cookie_name(_NAME),
        signer(_NAME).dumps(g.stay) if g.stay else "",
        max_age=STAYS if g.stay else 0,
        secure=parts().config.in_production,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
