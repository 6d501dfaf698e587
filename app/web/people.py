"""Everybody who may sign in: an administrator's page."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain.accounts import change_role, everybody, set_active, sign_ins
from app.models import ROLES, Operator, note
from app.web import guards
from app.web.guards import current_operator
from app.web.handed import done_by, parts, session_store
from app.web.pages import account_page
from app.web.sign_ins import forget_all

log = structlog.get_logger(__name__)

bp = Blueprint("people", __name__, url_prefix="/people")

_confirmed_admin = guards.confirmed("admin", back="people.show")


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with parts().database.transaction() as database:
        people = everybody(database, now=now, idle=session_store().rules.idle)
    return account_page("people/show.html", people=people, roles=ROLES)


@bp.post("/<int:operator_id>/sessions/revocation")
@_confirmed_admin
def revoke(operator_id: int) -> ResponseReturnValue:
    with parts().database.transaction() as database:
        ended = sign_ins.revoke_all(database, operator_id)
        _note(database, "signed_out", operator_id, sign_ins=len(ended))
    return _ended(operator_id, "accounts.all_revoked")


@bp.post("/<int:operator_id>/closure")
@_confirmed_admin
def close(operator_id: int) -> ResponseReturnValue:
    with parts().database.transaction() as database:
        set_active(database, operator_id, active=False, by=current_operator().id)
        sign_ins.revoke_all(database, operator_id)
        _note(database, "closed", operator_id)
    return _ended(operator_id, "accounts.closed")


@bp.post("/<int:operator_id>/opening")
@_confirmed_admin
def open_again(operator_id: int) -> ResponseReturnValue:
    with parts().database.transaction() as database:
        set_active(database, operator_id, active=True, by=current_operator().id)
        _note(database, "opened", operator_id)
    return _changed(operator_id, "accounts.opened")


@bp.post("/<int:operator_id>/role")
@_confirmed_admin
def give_role(operator_id: int) -> ResponseReturnValue:
    role = request.form.get("role", "")
    with parts().database.transaction() as database:
        change_role(database, operator_id, role, by=done_by(current_operator().id))
    return _changed(operator_id, "accounts.role_changed")


def _note(database: Session, what: str, operator_id: int, **facts: object) -> None:
    subject = ("operator", database.get_one(Operator, operator_id).username)
    note(database, what, subject, by=done_by(current_operator().id), facts=facts)


def _ended(operator_id: int, event: str) -> ResponseReturnValue:
    forget_all(operator_id)
    return _changed(operator_id, event)


def _changed(operator_id: int, event: str) -> ResponseReturnValue:
    log.info(event, operator=operator_id, by=current_operator().id)
    return redirect(url_for("people.show", _anchor=f"person-{operator_id}"), 303)
