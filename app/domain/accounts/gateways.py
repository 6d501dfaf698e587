"""Gateways: a token each, shown once and kept as a digest; replaced, and ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadGateway, GatewayTaken, NoSuchGateway, NoSuchPlant
from app.models import LARGEST_ID, By, Gateway, Plant, note

LONGEST_NAME = 80
# Time to walk to the device and to put the new token in, tomorrow if need be.
GRACE = timedelta(hours=24)
# A gateway sends every few seconds; one that has not for a minute is worth a look.
SILENT_AFTER = timedelta(minutes=1)


class GatewayView(NamedTuple):
    """A gateway as an administrator sees it."""

    id: int
    name: str
    plant: str
    last_seen_at: datetime | None
    last_token_until: datetime | None
    revoked_at: datetime | None
    refused_batches: int
    refused_at: datetime | None
    refused_why: str | None

    def is_silent(self, now: datetime) -> bool:
        """Whether it was heard once and is not now."""
        return self.last_seen_at is not None and now - self.last_seen_at > SILENT_AFTER


def gateways(session: Session) -> list[GatewayView]:
    """All of them, by plant and name; the revoked ones last."""
    rows = session.execute(
        select(
            Gateway.id,
            Gateway.name,
            Plant.name,
            Gateway.last_seen_at,
            Gateway.last_token_until,
            Gateway.revoked_at,
            Gateway.refused_batches,
            Gateway.refused_at,
            Gateway.refused_why,
        )
        .join(Plant, Plant.id == Gateway.plant_id)
        .order_by(Gateway.revoked_at.is_not(None), Plant.name, Gateway.name)
    )
    return [GatewayView(*row) for row in rows]


def make_gateway(session: Session, *, name: str, plant: str, by: By) -> str:
    """The token of a new gateway; refuses with `BadGateway`, `GatewayTaken`, `NoSuchPlant`."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadGateway(f"a gateway's name has 1 to {LONGEST_NAME} characters")
    secret = secrets.token_urlsafe(32)
    gateway = Gateway(name=name, plant_id=_plant_id(session, plant), token_digest=digest(secret))
    try:
        with session.begin_nested():
            session.add(gateway)
    except IntegrityError as error:
        raise GatewayTaken(name) from error
    note(session, "made", ("gateway", name), by=by, facts={"plant": plant})
    return f"{gateway.id}.{secret}"


def renew_token(
    session: Session, gateway_id: int, *, grace: timedelta, by: By
) -> tuple[Gateway, str]:
    """Another token for the gateway; the one it has is good for so long still.

    A revoked one is let in again, by the new token alone. Refuses with `NoSuchGateway`.
    """
    gateway = _locked(session, gateway_id)
    has_grace = bool(grace) and gateway.revoked_at is None
    gateway.last_token_digest = gateway.token_digest if has_grace else None
    gateway.last_token_until = by.at + grace if has_grace else None
    secret = _give_secret(gateway)
    until = {"last_token_until": gateway.last_token_until} if has_grace else {}
    note(session, "token_renewed", ("gateway", gateway.name), by=by, facts=until)
    return gateway, f"{gateway.id}.{secret}"


def revoke_gateway(session: Session, gateway_id: int, *, by: By) -> Gateway:
    """Let the gateway in no more, by any token; refuses with `NoSuchGateway`."""
    gateway = _locked(session, gateway_id)
    if gateway.revoked_at is None:
        gateway.revoked_at = by.at
        note(session, "revoked", ("gateway", gateway.name), by=by)
    return gateway


def issue_token(session: Session, *, name: str, plant: str) -> str:
    """A new token for the gateway of this name, made if need be; those before are worth nothing.

    Raises `NoSuchPlant`.
    """
    plant_id = _plant_id(session, plant)
    gateway = session.scalar(select(Gateway).where(Gateway.name == name))
    if gateway is None:
        gateway = Gateway(name=name)
        session.add(gateway)
    gateway.plant_id = plant_id
    gateway.last_token_digest = gateway.last_token_until = None
    secret = _give_secret(gateway)
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


def _give_secret(gateway: Gateway) -> str:
    secret = secrets.token_urlsafe(32)
    gateway.token_digest = digest(secret)
    gateway.revoked_at = None
    return secret


def _plant_id(session: Session, slug: str) -> int:
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == slug))
    if plant_id is None:
        raise NoSuchPlant(slug)
    return plant_id


def _locked(session: Session, gateway_id: int) -> Gateway:
    gateway = None
    if gateway_id <= LARGEST_ID:
        gateway = session.get(Gateway, gateway_id, with_for_update=True)
    if gateway is None:
        raise NoSuchGateway(gateway_id)
    return gateway
