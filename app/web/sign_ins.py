"""A sign-in between a browser, its session and its row: begun, moved and ended in one order.

The row decides. Where one ends it goes first; what the store of sessions forgets then is tidiness.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import structlog
from flask import request
from sqlalchemy.orm import Session

from app.domain.accounts import Principal, device, sign_ins
from app.models import Operator, SignIn
from app.parts import Parts
from app.sessions import Durable, Recovered, SessionsAway
from app.web.handed import current_session, session_store

log = structlog.get_logger(__name__)

# What the row has room for; an address that is longer is none.
_LONGEST_ADDRESS = 45


def begin(database: Session, operator: Operator) -> tuple[SignIn, list[str]]:
    """Sign this operator in, who must be locked; also the names of what ended by that."""
    now, session = datetime.now(UTC), current_session()
    if session.name is not None:  # this browser's sign-in of before
        sign_ins.sign_out(database, session.name)
    session.login(operator.id)
    from_device, address = _from_where()
    row, ended = sign_ins.sign_in(
        database,
        operator,
        name=session.name or "",
        device=from_device,
        address=address,
        now=now,
        until=now + session_store().rules.absolute,
    )
    session["sign_in"] = row.id
    return row, ended


def resume(row: SignIn, operator: Operator) -> str:
    """Let a sign-in, which must be locked, go on in a new session: the name of the one before."""
    now, before, session = datetime.now(UTC), row.name, current_session()
    session.login(operator.id)
    session["sign_in"] = row.id
    row.name, row.role = session.name or "", operator.role
    row.device, row.address = _from_where()
    row.seen_at = now
    row.expires_at = min(now + session_store().rules.absolute, row.stays_until or now)
    return before


def move(database: Session, who: Principal) -> bool:
    """Give the session a new id: whoever saw the old one has nothing in hand.

    False if it ended meanwhile, or another request moved it.
    """
    session = current_session()
    row = sign_ins.held(database, who.sign_in, session.name or "")
    if row is None:
        return False
    session.rotate()
    row.name, row.role = session.name or "", who.role
    return True


def forget(names: Iterable[str]) -> None:
    """Let the store end these sessions, whose rows are gone."""
    try:
        session_store().end(names)
    except SessionsAway:
        # Without their rows they open nothing, and they expire.
        log.warning("accounts.sessions_not_forgotten")


def forget_all(operator_id: int, *, keep: str | None = None) -> None:
    """The same for all of a person's sessions but the one of the name `keep`."""
    try:
        session_store().end_all(operator_id, keep=keep)
    except SessionsAway:
        log.warning("accounts.sessions_not_forgotten", operator=operator_id)


def _from_where() -> tuple[str, str]:
    address = (request.remote_addr or "")[:_LONGEST_ADDRESS]
    return device(request.user_agent.string), address


def recovering(parts: Parts) -> Durable:
    """The durable tier of the sessions: what one is made anew from that the cache has lost."""
    idle = parts.config.session_idle

    def recover(name: str) -> Recovered | None:
        with parts.database.transaction() as database:
            return sign_ins.recover(database, name, now=datetime.now(UTC), idle=idle)

    return recover
