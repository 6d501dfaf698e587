"""Staying signed in on a device: a token that is good once, and tells when it was stolen.

A series belongs to one sign-in. Each use changes its token for the next one; whoever comes with one
that was used before shows that two hold the same series, and neither is believed (C. Jaspan,
"Improved Persistent Login Cookie Best Practice").
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Operator, SignIn

# From the password on, however often it is used (NIST 800-63B: at most 30 days).
STAYS = timedelta(days=30)
# A browser that opens several pages at once sends the same token with each of them.
AT_ONCE = timedelta(seconds=20)


class Stay(NamedTuple):
    """What a browser keeps: which series, and the token that is good next."""

    series: str
    token: str


class Recalled(NamedTuple):
    """A sign-in that goes on, its operator, and what the browser keeps from now on."""

    row: SignIn
    operator: Operator
    stay: Stay


class Reused(NamedTuple):
    """A sign-in that ended because its token came twice: whose, and its session's name."""

    operator_id: int
    name: str


def stay(row: SignIn, now: datetime) -> Stay:
    """Let this sign-in go on when its session has ended."""
    kept = Stay(secrets.token_urlsafe(16), secrets.token_urlsafe(32))
    row.series_digest, row.token_digest = _digest(kept.series), _digest(kept.token)
    row.token_changed_at, row.stays_until = now, now + STAYS
    return kept


def recall(session: Session, kept: Stay, now: datetime) -> Recalled | Reused | None:
    """The sign-in this token continues, locked; None if there is none, or another just did so."""
    found = session.execute(
        select(SignIn, Operator)
        .join(Operator, Operator.id == SignIn.operator_id)
        .where(SignIn.series_digest == _digest(kept.series))
        .with_for_update(of=SignIn)
    ).one_or_none()
    if found is None:
        return None
    row, operator = found
    if row.stays_until is None or row.stays_until <= now or not operator.active:
        return None
    if _is(kept.token, row.token_digest):
        row.last_token_digest, token = row.token_digest, secrets.token_urlsafe(32)
        row.token_digest, row.token_changed_at = _digest(token), now
        return Recalled(row, operator, Stay(kept.series, token))
    changed_at = row.token_changed_at or now
    if _is(kept.token, row.last_token_digest) and now - changed_at < AT_ONCE:
        return None
    session.delete(row)
    return Reused(row.operator_id, row.name)


def end(session: Session, kept: Stay) -> None:
    """End the sign-in of this series, if it has its token; an old one is not worth a word."""
    row = session.scalar(
        select(SignIn).where(SignIn.series_digest == _digest(kept.series)).with_for_update()
    )
    if row is not None and _is(kept.token, row.token_digest):
        session.delete(row)


def _is(token: str, digest: bytes | None) -> bool:
    return digest is not None and hmac.compare_digest(_digest(token), digest)


def _digest(text: str) -> bytes:
    # A plain hash will do: what has 128 random bits and more cannot be guessed, salted or not.
    return hashlib.sha256(text.encode()).digest()
