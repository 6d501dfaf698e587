"""Who may enter. Every route states its guard; one that states none is closed to all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import structlog
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.database import PASSING
from app.domain.accounts import GatewayPass, Holder, Person, Principal, sign_ins
from app.sessions.csrf import check_csrf
from app.web import bearers, rates, staying
from app.web.handed import ask, current_session, parts
from app.web.problems import is_api, is_for_programs
from app.web.screen_links import admitted
from app.web.sign_ins import move

log = structlog.get_logger(__name__)

# How long a password that was given again is good for (OWASP: sensitive changes ask anew).
CONFIRMED_FOR = timedelta(minutes=15)

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Guard:
    """A route's guard: who may pass, and the question asked before each request."""

    who: str
    ask: Callable[[], ResponseReturnValue | None]
    has_cookies: bool = True
    checks_forms_itself: bool = False
    # What a program's token must be for, on a route of the API; without one none will do.
    scope: str | None = None


def anyone(view: View) -> View:
    """Open to the world."""
    return _guarded(view, Guard("anyone", _count_strangers))


def sign_in_form(view: View) -> View:
    """Open to the world; its form checks its own CSRF token, and answers with the form again."""
    return _guarded(view, Guard("anyone", lambda: None, checks_forms_itself=True))


def signed_in(view: View) -> View:
    """Open to whoever has signed in; others are sent to the sign-in page.

    On the API a token that is for reading will do for what is read.
    """
    return _guarded(view, Guard("signed in", lambda: _let_people_in(scope="read"), scope="read"))


def role(least: str, *, scope: str | None = None) -> Callable[[View], View]:
    """Open to people of this role or above; on the API to their tokens of this scope too."""

    def state(view: View) -> View:
        return _guarded(view, Guard(least, lambda: _let_people_in(least, scope), scope=scope))

    return state


def confirmed(least: str, *, back: str) -> Callable[[View], View]:
    """The same where they gave their password again lately; others do so, and go `back`."""

    def state(view: View) -> View:
        def ask() -> ResponseReturnValue | None:
            return _let_people_in(least) or _ask_to_confirm(back)

        return _guarded(view, Guard(f"{least}, confirmed", ask))

    return state


def screen(view: View) -> View:
    """Open to a screen by its link, for its own plant; and to whoever has signed in."""
    return _guarded(view, Guard("signed link", _let_screens_in))


def gateway(view: View) -> View:
    """Open to gateways with a token; they have no cookies, so forms' CSRF tokens do not apply."""
    return _guarded(view, Guard("gateway", bearers.let_gateways_in, has_cookies=False))


def landing(view: View) -> View:
    """The same, where the view counts what lands as it lands: one round trip, not two."""
    return _guarded(view, Guard("gateway", bearers.identify_gateway, has_cookies=False))


def metrics(view: View) -> View:
    """Open to this machine itself, and to whoever has the token for metrics."""
    return _guarded(view, Guard("loopback or token", bearers.let_scrapers_in, has_cookies=False))


def install(app: Flask) -> None:
    """Ask the guard of the route before each request, and check forms' CSRF tokens."""

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
        if is_api():
            # A program hears first that it is nobody: it has no form that could be too old.
            refused = guard.ask()
            _check_forms(guard)
            return refused
        _check_forms(guard)
        return guard.ask()


def is_signed_in() -> bool:
    """Whether somebody is, on a page that is open to all."""
    return _principal() is not None


def current_operator() -> Person:
    """Who is asking; only behind `signed_in`, `role` or `confirmed`."""
    operator: Person = g.operator
    return operator


def current_principal() -> Principal:
    """Who is signed in; the same on pages, where no token opens anything."""
    principal: Principal = g.operator
    return principal


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


def _check_forms(guard: Guard) -> None:
    """A cookie comes along with what other sites send, a token never does."""
    has_token = isinstance(g.get("operator"), Holder)
    if guard.has_cookies and not guard.checks_forms_itself and not has_token:
        check_csrf()


def _count_strangers() -> None:
    if is_api():
        rates.count_stranger()


def _let_people_in(least: str = "viewer", scope: str | None = None) -> ResponseReturnValue | None:
    operator: Person | None
    if is_api() and bearers.has_token():
        operator = bearers.let_programs_in(scope)
    else:
        operator = _principal() or _come_back()
    if operator is None:
        if is_api():
            bearers.refuse_stranger("sign in, or send an API token")
        if not _is_page():
            abort(401)
        back = request.full_path.rstrip("?")
        query = urlencode({"next": back}) if back != "/" else ""
        return redirect(f"{url_for('accounts.sign_in')}{'?' if query else ''}{query}")
    if is_api() and isinstance(operator, Principal):
        rates.count("person", operator.id)
    if not operator.may(least):
        abort(403)
    g.operator = operator
    return None


def _is_page() -> bool:
    """Whether a page is asked for, of which a browser may be sent to another."""
    return request.method == "GET" and not is_for_programs()


def _come_back() -> Principal | None:
    """Who stays signed in here. A page may bring them back; what changes something never does."""
    if not _is_page():
        return None
    return _principal() if staying.come_back() else None


def _principal() -> Principal | None:
    """Who the session says this is, if the database says so too."""
    session, now = current_session(), datetime.now(UTC)
    user, sign_in = session.user, session.get("sign_in")
    if not isinstance(user, int) or not isinstance(sign_in, int):
        return None
    with parts().database.transaction() as database:
        found = sign_ins.principal(
            database, sign_in=sign_in, operator=user, name=session.name or "", now=now, ask=ask
        )
    if found is None:
        return None
    if found.role != found.named_for:
        with parts().database.transaction() as database:
            return found if move(database, found) else None
    if now - found.seen_at >= sign_ins.SEEN_EVERY:
        _note_in_use(found, now)
    return found


def _note_in_use(who: Principal, now: datetime) -> None:
    try:
        with parts().database.transaction() as database:
            sign_ins.note_in_use(database, [who.sign_in], now)
    except PASSING as fault:
        log.warning("accounts.not_noted", operator=who.id, fault=type(fault).__name__)


def _ask_to_confirm(back: str) -> ResponseReturnValue | None:
    at = current_session().get("confirmed_at")
    if isinstance(at, datetime) and at <= datetime.now(UTC) < at + CONFIRMED_FOR:
        return None
    return redirect(url_for("passwords.confirm", next=url_for(back)), 303)


def _let_screens_in() -> ResponseReturnValue | None:
    g.screen = admitted()
    return None if g.screen else _let_people_in()
