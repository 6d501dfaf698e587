"""Tokens for programs: one's own, and for an administrator everybody's."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain import board
from app.domain.accounts import NEEDS, BadToken, make_token, revoke_token, tokens
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import ask, client_address, parts
from app.web.pages import account_page

log = structlog.get_logger(__name__)

bp = Blueprint("api_tokens", __name__, url_prefix="/account/tokens")

LIVES_DAYS = (90, 30, 7, 365)


@bp.get("")
@guards.signed_in
def show() -> ResponseReturnValue:
    return _page()


@bp.post("")
@guards.confirmed("viewer", back="api_tokens.show")
def make() -> ResponseReturnValue:
    """Show the token in the answer itself: it is kept nowhere that a redirect could find it."""
    me, form = current_operator(), request.form
    days = form.get("days", "")
    if days not in map(str, LIVES_DAYS):
        raise BadToken(f"a token lives {', '.join(map(str, LIVES_DAYS))} days")
    with parts().database.transaction() as session:
        token, row = make_token(
            session,
            name=form.get("name", ""),
            scopes=form.getlist("scope"),
            days=int(days),
            by=me.id,
            now=datetime.now(UTC),
            plant=form.get("plant") or None,
            address=client_address(),
        )
    log.info("tokens.made", token=row.id, by=me.id)
    return _page(token=token, made=row.id), 201


@bp.post("/<int:token_id>/revocation")
@guards.signed_in
def revoke(token_id: int) -> ResponseReturnValue:
    me = current_operator()
    with parts().database.transaction() as session:
        revoke_token(
            session,
            token_id,
            now=datetime.now(UTC),
            by=me.id,
            of=_whose(),
            address=client_address(),
        )
    log.info("tokens.revoked", token=token_id, by=me.id)
    return redirect(url_for("api_tokens.show"), 303)


def _page(*, token: str | None = None, made: int | None = None) -> str:
    now = datetime.now(UTC)
    with parts().database.transaction() as session:
        found = tokens(session, now=now, of=_whose())
        plants = board.plants(session, ask=ask)
    return account_page(
        "api_tokens/show.html",
        tokens=found,
        token=token,
        made=made,
        moment=now,
        homes=plants,
        lives=LIVES_DAYS,
        scopes=[scope for scope, role in NEEDS.items() if current_operator().may(role)],
    )


def _whose() -> int | None:
    """Whose tokens one sees and revokes: an administrator's everybody's."""
    me = current_operator()
    return None if me.may("admin") else me.id
