"""One's own password: changed, or given once more before what must not be done by a thief."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from app.domain.accounts import (
    SHORTEST_PASSWORD,
    BadUser,
    WrongPassword,
    at_confirmation,
    change_password,
    has_password,
    sign_ins,
)
from app.web import guards
from app.web.attempts import attempts, count, in_turn
from app.web.forms import Form
from app.web.guards import current_principal
from app.web.handed import current_session
from app.web.pages import account_page, own_path
from app.web.sign_ins import forget_all, move

log = structlog.get_logger(__name__)

bp = Blueprint("passwords", __name__, url_prefix="/account")


class ConfirmationForm(Form):
    """The password once more."""

    password = PasswordField("Password", [InputRequired(), Length(max=128)])


class PasswordForm(Form):
    """The old password, and the new one twice."""

    current = PasswordField("Current password", [InputRequired(), Length(max=128)])
    new = PasswordField("New password", [InputRequired(), Length(max=128)])
    again = PasswordField(
        "New password again", [InputRequired(), EqualTo("new", "The two are not the same.")]
    )


@bp.get("/confirmation")
@guards.signed_in
def confirm() -> ResponseReturnValue:
    return _confirmation(ConfirmationForm())


@bp.post("/confirmation")
@guards.signed_in
def check_confirmation() -> ResponseReturnValue:
    form, me = ConfirmationForm(), current_principal()
    if not form.validate():
        return _confirmation(form), 422
    attempt = at_confirmation(me.sign_in)
    with in_turn() as database:
        count(attempt, database)
        is_theirs = has_password(database, me.id, form.password.data)
        if is_theirs and not move(database, me):
            abort(401)
    if not is_theirs:
        form.password.errors = ["That is not your password."]
        return _confirmation(form), 422
    attempts().succeeded(attempt)
    current_session()["confirmed_at"] = datetime.now(UTC)
    log.info("accounts.confirmed", operator=me.id)
    return redirect(own_path(request.form.get("next", "")), 303)


@bp.get("/password")
@guards.signed_in
def show() -> ResponseReturnValue:
    return _password(PasswordForm())


@bp.post("/password")
@guards.signed_in
def change() -> ResponseReturnValue:
    form, me = PasswordForm(), current_principal()
    if not form.validate():
        return _password(form), 422
    attempt = at_confirmation(me.sign_in)
    old_name = current_session().name
    try:
        with in_turn() as database:
            count(attempt, database)
            change_password(database, me.id, current=form.current.data, new=form.new.data)
            sign_ins.revoke_all(database, me.id, keep=me.sign_in)
            if not move(database, me):
                abort(401)
    except WrongPassword:
        form.current.errors = ["That is not your password."]
        return _password(form), 422
    except BadUser as refusal:
        form.new.errors = [f"Please choose another: {refusal}."]
        return _password(form), 422
    attempts().succeeded(attempt)
    # This one moves to its new name when the answer is sent, and until then has the old one.
    forget_all(me.id, keep=old_name)
    log.info("accounts.password_changed", operator=me.id)
    return redirect(url_for("devices.show"), 303)


def _confirmation(form: ConfirmationForm) -> str:
    back = request.values.get("next", "")
    return account_page("passwords/confirm.html", form=form, next=back)


def _password(form: PasswordForm) -> str:
    return account_page("passwords/change.html", form=form, shortest=SHORTEST_PASSWORD)
