"""Signing in and out."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.accounts import operator_for_password, sign_ins, stay
from app.web import guards, staying
from app.web.attempts import attempt_to_sign_in, attempts, count, in_turn, know_this_browser
from app.web.forms import Form
from app.web.handed import current_session, parts
from app.web.pages import own_path
from app.web.sign_ins import begin, forget

log = structlog.get_logger(__name__)

bp = Blueprint("accounts", __name__)


class SignInForm(Form):
    """Name and password; the longest of each keeps hashing cheap."""

    username = StringField("Username", [InputRequired(), Length(max=40)])
    password = PasswordField("Password", [InputRequired(), Length(max=128)])
    stay = BooleanField("Stay signed in on this device")


@bp.get("/sign-in")
@guards.anyone
def sign_in() -> ResponseReturnValue:
    # Of several pages that a browser opens at once, the first comes back and the others land here.
    if staying.is_kept() and guards.is_signed_in():
        return redirect(own_path(request.args.get("next", "")), 303)
    return _form(SignInForm(), refused=False)


@bp.post("/sign-in")
@guards.sign_in_form
def check_password() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _form(form, refused=True), 422
    username = form.username.data
    attempt = attempt_to_sign_in(username)
    now, kept, ended = datetime.now(UTC), None, list[str]()
    with in_turn() as database:
        count(attempt, database)
        operator = operator_for_password(database, username, form.password.data)
        if operator is not None:
            staying.end_here(database)
            row, ended = begin(database, operator)
            kept = stay(row, now) if form.stay.data else None
    if operator is None:
        attempts().failed(attempt)
        log.info("accounts.refused")
        return _form(form, refused=True), 422
    attempts().succeeded(attempt)
    forget(ended)
    staying.keep(kept)
    log.info("accounts.signed_in", operator=operator.id)
    answer = redirect(own_path(request.form.get("next", "")), 303)
    know_this_browser(answer, username)
    return answer


@bp.post("/sign-out")
@guards.anyone
def sign_out() -> ResponseReturnValue:
    session = current_session()
    # The row first, by a name that needs no word with the cache: while the database is away nobody
    # is told that they are out, and while the cache is, they are.
    with parts().database.transaction() as database:
        staying.end_here(database)
        if session.name is not None:
            sign_ins.sign_out(database, session.name)
    session.logout()
    staying.keep(None)
    return redirect(url_for("accounts.sign_in"), 303)


def _form(form: SignInForm, *, refused: bool) -> str:
    back = request.values.get("next", "")
    return render_template("accounts/sign_in.html", form=form, refused=refused, next=back)
