"""Who may enter. Every route states its guard; one that states none is closed to all."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NoReturn, TypeVar
from urllib.parse import urlencode

import structlog
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.database import PASSING
from app.domain.accounts import GatewayPass, Principal, sign_ins
from app.sessions.csrf import check_csrf
from app.web import gateway_notes, staying
from app.web.handed import ask, current_session, directory, gatekeeper, parts
from app.web.problems import Problem, is_for_programs
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
    return _guarded(view, Guard("gateway", _let_gateways_in, has_cookies=False))


def metrics(view: View) -> View:
    """Open to this machine itself, and to whoever has the token for metrics."""
    return _guarded(view, Guard("loopback or token", _let_scrapers_in, has_cookies=False))


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
        if guard.has_cookies and not guard.checks_forms_itself:
            check_csrf()
        return guard.ask()


def is_signed_in() -> bool:
    """Whether somebody is, on a page that is open to all."""
    return _principal() is not None


def current_operator() -> Principal:
    """Who is signed in; only behind `signed_in`, `role` or `confirmed`."""
    operator: Principal = g.operator
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
    operator = _principal() or _come_back()
    if operator is None:
        if not _is_page():
            abort(401)
        back = request.full_path.rstrip("?")
        query = urlencode({"next": back}) if back != "/" else ""
        return redirect(f"{url_for('accounts.sign_in')}{'?' if query else ''}{query}")
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
            sign_ins.note_in_use(database, who.sign_in, now)
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


def _let_gateways_in() -> None:
    _refresh_names()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    admitted = gatekeeper().admit(token.strip()) if scheme.lower() == "bearer" else None
    if admitted is None:
        _refuse_gateway()
    g.gateway = admitted
    gateway_notes.heard(admitted)


def _let_scrapers_in() -> None:
    """Behind the proxies the address is the client's; the machine itself asks past them."""
    expected = parts().config.metrics_token
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if expected and scheme.lower() == "bearer":
        if hmac.compare_digest(token.strip().encode(), expected.encode()):
            return
    elif request.remote_addr and ip_address(request.remote_addr).is_loopback:
        return
    raise Problem(401, "unauthorized", "metrics are for this machine, or for who has the token")


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
        if not all(names.has_read for names in stale):
            raise
