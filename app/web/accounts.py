"""Signing in and out."""

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.accounts import operator_for_password
from app.web import guards
from app.web.handed import parts

log = structlog.get_logger(__name__)

bp = Blueprint("accounts", __name__)


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password; the longest of each keeps hashing cheap."""

    username = StringField("Username", [InputRequired(), Length(max=40)])
    password = PasswordField("Password", [InputRequired(), Length(max=128)])


@bp.get("/sign-in")
@guards.anyone
def sign_in() -> ResponseReturnValue:
    return _form(SignInForm(), refused=False)


@bp.post("/sign-in")
@guards.sign_in_form
def check_password() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _form(form, refused=True), 422
    with parts().database.transaction() as database:
        operator = operator_for_password(database, form.username.data, form.password.data)
    if operator is None:
        log.info("accounts.refused")
        return _form(form, refused=True), 422
    session.login(operator.id)  # type: ignore[attr-defined] # Flask's types know its own sessions
    log.info("accounts.signed_in", operator=operator.id)
    return redirect(_back(request.form.get("next", "")), 303)


@bp.post("/sign-out")
@guards.anyone
def sign_out() -> ResponseReturnValue:
    session.logout()  # type: ignore[attr-defined] # as above
    return redirect(url_for("accounts.sign_in"), 303)


def _form(form: SignInForm, *, refused: bool) -> str:
    back = request.values.get("next", "")
    return render_template("accounts/sign_in.html", form=form, refused=refused, next=back)


def _back(target: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    parted = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    if not ours or not target.isprintable() or parted.scheme or parted.netloc:
        return url_for("board.show")
    return target
