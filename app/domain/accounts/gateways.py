"""Gateways: a token each, shown once and kept as a digest."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.accounts.errors import NoSuchPlant
from app.models import Gateway, Plant

_LONGEST_ID = 10
SEEN_EVERY = timedelta(seconds=10)


def issue_token(session: Session, *, name: str, plant: str) -> str:
    """A new token for the gateway of this name; the one it had before is worth nothing now.

    Raises `NoSuchPlant`.
    """
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == plant))
    if plant_id is None:
        raise NoSuchPlant(plant)
    secret = secrets.token_urlsafe(32)
    gateway = session.scalar(select(Gateway).where(Gateway.name == name))
    if gateway is None:
        gateway = Gateway(name=name, plant_id=plant_id)
        session.add(gateway)
    gateway.plant_id = plant_id
    gateway.token_digest = digest(secret)
    gateway.revoked_at = None
    session.flush()
    return f"{gateway.id}.{secret}"


def revoke(session: Session, *, name: str, now: datetime) -> bool:
    """Let the gateway in no more; False if none has this name. Once more changes nothing."""
    gateway = session.scalar(select(Gateway).where(Gateway.name == name))
    if gateway is None:
        return False
    gateway.revoked_at = gateway.revoked_at or now
    return True


def digest(secret: str) -> bytes:
    # A plain hash will do: 256 random bits cannot be guessed, salted or not.
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class GatewayPass:
    """Who was let in: a gateway, and the plant it speaks for."""

    gateway_id: int
    plant_id: int
    name: str


def admitted(session: Session) -> dict[str, GatewayPass]:
    """The passes of all gateways that are not revoked, by name."""
    rows = session.scalars(select(Gateway).where(Gateway.revoked_at.is_(None)))
    return {row.name: GatewayPass(row.id, row.plant_id, row.name) for row in rows}


class Gatekeeper:
    """Knows every gateway's digest, read again every `fresh_for` seconds.

    While the database is away it goes by what it knew last, so that machines can go on landing
    their data; a revocation is therefore felt `fresh_for` late, or when the database is back.
    """

    def __init__(self, clock: Callable[[], float], *, fresh_for: float = 2.0) -> None:
        self._clock = clock
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._known: dict[int, tuple[bytes, GatewayPass]] = {}
        self._asked_at = float("-inf")
        self._noted_at: dict[int, float] = {}
        self.has_read = False

    def is_due(self) -> bool:
        """Whether it is the caller's turn to read them anew; asking takes the turn.

        One caller in `fresh_for` gets it, so that a database which does not answer holds up one
        request and not all. Until they were read once everybody's turn it is: a process that has
        just started would refuse gateways it has not heard of yet.
        """
        with self._lock:
            if self.has_read and self._clock() - self._asked_at < self._fresh_for:
                return False
            self._asked_at = self._clock()
            return True

    def refresh(self, session: Session) -> None:
        """Read the gateways that are not revoked."""
        rows = session.scalars(select(Gateway).where(Gateway.revoked_at.is_(None)))
        known = {
            row.id: (row.token_digest, GatewayPass(row.id, row.plant_id, row.name)) for row in rows
        }
        with self._lock:
            self._known = known
            self.has_read = True

    def admit(self, token: str) -> GatewayPass | None:
        """The pass for this token, or None; compares in constant time."""
        number, dot, secret = token.partition(".")
        if not dot or len(number) > _LONGEST_ID or not (number.isascii() and number.isdigit()):
            return None
        expected, admitted = self._known.get(int(number), (b"", None))
        return admitted if hmac.compare_digest(expected, digest(secret)) else None

    def is_due_to_note(self, gateway_id: int) -> bool:
        """Whether this process has not noted the gateway for `SEEN_EVERY`; asking counts."""
        now = self._clock()
        if now - self._noted_at.get(gateway_id, float("-inf")) < SEEN_EVERY.total_seconds():
            return False
        self._noted_at[gateway_id] = now
        return True


def note_seen(session: Session, gateway_id: int, now: datetime) -> None:
    """Record that the gateway was heard, at most every `SEEN_EVERY`."""
    session.execute(
        update(Gateway)
        .where(Gateway.id == gateway_id)
        .where(or_(Gateway.last_seen_at.is_(None), Gateway.last_seen_at < now - SEEN_EVERY))
        .values(last_seen_at=now)
    )
