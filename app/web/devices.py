"""Where one is signed in, and an end to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.accounts import Principal, sign_ins
from app.models import SignIn
from app.sessions import SessionsAway
from app.web import guards, staying
from app.web.guards import current_principal
from app.web.handed import current_session, parts, session_store
from app.web.pages import account_page
from app.web.sign_ins import forget, forget_all

log = structlog.get_logger(__name__)

bp = Blueprint("devices", __name__, url_prefix="/account/sessions")


@dataclass(frozen=True, slots=True)
class Device:
    """A device one is signed in on: `is_this` that asks, or one that `stays` signed in."""

    id: int
    name: str
    address: str
    signed_in_at: datetime
    seen_at: datetime
    is_this: bool
    stays: bool


@bp.get("")
@guards.signed_in
def show() -> ResponseReturnValue:
    me, now = current_principal(), datetime.now(UTC)
    with parts().database.transaction() as database:
        rows = sign_ins.sign_ins(database, me.id)
    return account_page("devices/show.html", devices=_devices(rows, me, now), asked_at=now)


@bp.post("/<int:sign_in_id>/revocation")
@guards.signed_in
def revoke(sign_in_id: int) -> ResponseReturnValue:
    me = current_principal()
    with parts().database.transaction() as database:
        name = sign_ins.revoke(database, me.id, sign_in_id)
    if name is None:
        abort(404, "You are not signed in there any more.")
    log.info("accounts.revoked", operator=me.id, sign_in=sign_in_id)
    if sign_in_id == me.sign_in:
        current_session().logout()
        staying.keep(None)
        return redirect(url_for("accounts.sign_in"), 303)
    forget([name])
    return redirect(url_for("devices.show"), 303)


@bp.post("/revocation")
@guards.signed_in
def revoke_others() -> ResponseReturnValue:
    me = current_principal()
    with parts().database.transaction() as database:
        ended = sign_ins.revoke_all(database, me.id, keep=me.sign_in)
    forget_all(me.id, keep=current_session().name)
    log.info("accounts.others_revoked", operator=me.id, sign_ins=len(ended))
    return redirect(url_for("devices.show"), 303)


def _devices(rows: list[SignIn], me: Principal, now: datetime) -> list[Device]:
    """Those that may still ask, this one first; the store knows best when each was seen."""
    seen, since = _seen(me.id, now), now - session_store().rules.idle
    devices = [
        Device(
            row.id,
            row.device,
            row.address,
            row.signed_in_at,
            max(row.seen_at, seen.get(row.name, row.seen_at)),
            row.id == me.sign_in,
            row.stays_until is not None,
        )
        for row in rows
        if not row.is_over(now) and (row.stays_until or row.name in seen or row.seen_at > since)
    ]
    return sorted(devices, key=lambda device: not device.is_this)


def _seen(operator_id: int, now: datetime) -> Mapping[str, datetime]:
    try:
        return {view.name: now - view.idle_for for view in session_store().of(operator_id)}
    except SessionsAway:
        return {}
