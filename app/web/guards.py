"""Who may enter. Every route states its guard; one that states none is closed to all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn, TypeVar
from urllib.parse import urlencode

import structlog
from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from app.database import PASSING
from app.domain.accounts import GatewayPass, note_seen, operator_or_none
from app.models import Operator
from app.web.handed import directory, gatekeeper, parts
from app.web.problems import Problem

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Guard:
    """A route's guard: who may pass, and the question asked before each request."""

    who: str
    ask: Callable[[], ResponseReturnValue | None]
    has_cookies: bool = True
    checks_forms_itself: bool = False


def anyone(view: View) -> View:
    """Open to the world."""
    return _guarded(view, Guard("anyone", lambda: None))


def sign_in_form(view: View) -> View:
    """Open to the world; its form checks its own CSRF token, and answers with the form again."""
    return _guarded(view, Guard("anyone", lambda: None, checks_forms_itself=True))


def signed_in(view: View) -> View:
    """Open to whoever has signed in; others are sent to the sign-in page."""
    return _guarded(view, Guard("signed in", _let_people_in))


def role(least: str) -> Callable[[View], View]:
    """Open to people of this role or above."""

    def state(view: View) -> View:
        return _guarded(view, Guard(least, lambda: _let_people_in(least)))

    return state


def gateway(view: View) -> View:
    """Open to gateways with a token; they have no cookies, so forms' CSRF tokens do not apply."""
    return _guarded(view, Guard("gateway", _let_gateways_in, has_cookies=False))


def install(app: Flask) -> None:
    """Ask the guard of the route before each request, and check forms' CSRF tokens."""
    csrf = CSRFProtect()
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # A token is worth what its session is: the cord must work on a page that is open all shift.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)

    @app.before_request
    def ask() -> ResponseReturnValue | None:
        if _has_nul():
            abort(400, "A NUL character is part of no name.")
        view = current_app.view_functions.get(request.endpoint or "")
        if view is None:
            return None  # no route: 404 or 405 will say so
        guard: Guard | None = getattr(view, "guard", None)
        if guard is None:
            if request.endpoint == "static":
                return None
            log.error("guard.missing", route=str(request.url_rule))
            abort(403)
        if guard.has_cookies and not guard.checks_forms_itself:
            csrf.protect()
        return guard.ask()


def current_operator() -> Operator:
    """Who is signed in; only behind `signed_in` or `role`."""
    operator: Operator = g.operator
    return operator


def current_gateway() -> GatewayPass:
    """Which gateway this is; only behind `gateway`."""
    admitted: GatewayPass = g.gateway
    return admitted


def _has_nul() -> bool:
    """Whether path, query or form hold what PostgreSQL can store in no text."""
    return any("\0" in text for text in (request.path, *request.values.values()))


def _guarded(view: View, guard: Guard) -> View:
    view.guard = guard  # type: ignore[attr-defined]
    return view


def _let_people_in(least: str = "viewer") -> ResponseReturnValue | None:
    operator_id = session.user  # type: ignore[attr-defined] # Flask's types know its own sessions
    operator = None
    if operator_id is not None:
        with parts().database.transaction() as database:
            operator = operator_or_none(database, operator_id)
    if operator is None:
        if request.method != "GET" or request.path.endswith(".json"):
            abort(401)
        back = request.full_path.rstrip("?")
        query = urlencode({"next": back}) if back != "/" else ""
        return redirect(f"{url_for('accounts.sign_in')}{'?' if query else ''}{query}")
    if not operator.may(least):
        abort(403)
    g.operator = operator
    return None


def _let_gateways_in() -> None:
    _refresh_names()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    admitted = gatekeeper().admit(token.strip()) if scheme.lower() == "bearer" else None
    if admitted is None:
        _refuse_gateway()
    g.gateway = admitted
    if gatekeeper().is_due_to_note(admitted.gateway_id):
        try:
            with parts().database.transaction() as database:
                note_seen(database, admitted.gateway_id, datetime.now(UTC))
        except PASSING as fault:
            log.warning("gateway.not_noted", gateway=admitted.name, fault=type(fault).__name__)


def _refuse_gateway() -> NoReturn:
    raise Problem(
        401,
        "unauthorized",
        "a gateway's token is needed, as «Authorization: Bearer …»; this one is missing, "
        "wrong or revoked",
        headers={"WWW-Authenticate": 'Bearer realm="andon"'},
    )


def _refresh_names() -> None:
    """Read the names anew where they are stale; while the database is away the last ones hold."""
    stale = [names for names in (gatekeeper(), directory()) if names.is_due()]
    if not stale:
        return
    try:
        with parts().database.transaction() as database:
            for names in stale:
                names.refresh(database)
    except PASSING as fault:
        log.warning("names.not_refreshed", fault=type(fault).__name__)
        if not gatekeeper().knows_any:
            raise
