"""One table from refusals to HTTP answers; a page for people, a problem document for programs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import get_args

import structlog
from flask import Flask, g, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from app import database, sessions, streams
from app.domain.accounts import (
    AccountsError,
    BadGateway,
    BadScreen,
    BadToken,
    BadUser,
    GatewayTaken,
    NoSuchGateway,
    NoSuchOperator,
    NoSuchPlant,
    NoSuchScreen,
    NoSuchToken,
    NotYourself,
    ScreenEnded,
    TooManyAtOnce,
    TooManyAttempts,
    UsernameTaken,
    WrongPassword,
)
from app.domain.alerts import AlertsError, NoSuchAlert
from app.domain.andon import (
    AndonError,
    CallAlreadyOpen,
    CallResolved,
    NoSuchCall,
    NoSuchReason,
    NoSuchStation,
    NoSuchType,
    NoteTooLong,
    TypeTaken,
)
from app.domain.plants import CallsOpen, NoSuchPlace, PlantsError, SlugTaken
from app.domain.reports import BadRange, NoSuchView, ReportsError
from app.domain.shifts import DayTaken, NoSuchDay, NoSuchPattern, ShiftsError, ShiftsOverlap
from app.domain.stops import (
    AlreadyPlanned,
    CommentTooLong,
    GroupInUse,
    GroupRetired,
    NameTaken,
    NoReasonNumbered,
    NoSuchStop,
    NoSuchStopReason,
    NothingPlanned,
    NotPlanned,
    ReasonTaken,
    StopsError,
)
from app.web.problems import Problem, wants_problem
from app.web.request_log import request_id

log = structlog.get_logger(__name__)

Refusal = (
    AccountsError | AlertsError | AndonError | PlantsError | ReportsError | ShiftsError | StopsError
)

STATUS: dict[type[Refusal], HTTPStatus] = {
    AlreadyPlanned: HTTPStatus.CONFLICT,
    BadGateway: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadRange: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadToken: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadScreen: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadUser: HTTPStatus.UNPROCESSABLE_ENTITY,
    CallAlreadyOpen: HTTPStatus.CONFLICT,
    CallsOpen: HTTPStatus.CONFLICT,
    CallResolved: HTTPStatus.CONFLICT,
    NoSuchAlert: HTTPStatus.NOT_FOUND,
    DayTaken: HTTPStatus.CONFLICT,
    GatewayTaken: HTTPStatus.CONFLICT,
    GroupInUse: HTTPStatus.CONFLICT,
    GroupRetired: HTTPStatus.CONFLICT,
    CommentTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    NameTaken: HTTPStatus.CONFLICT,
    NoReasonNumbered: HTTPStatus.NOT_FOUND,
    NoSuchCall: HTTPStatus.NOT_FOUND,
    NoSuchDay: HTTPStatus.NOT_FOUND,
    NoSuchGateway: HTTPStatus.NOT_FOUND,
    NoSuchOperator: HTTPStatus.NOT_FOUND,
    NoSuchPattern: HTTPStatus.NOT_FOUND,
    NoSuchPlace: HTTPStatus.NOT_FOUND,
    NoSuchPlant: HTTPStatus.NOT_FOUND,
    NoSuchReason: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoSuchScreen: HTTPStatus.NOT_FOUND,
    NoSuchToken: HTTPStatus.NOT_FOUND,
    NoSuchStation: HTTPStatus.NOT_FOUND,
    NoSuchType: HTTPStatus.NOT_FOUND,
    NoSuchStop: HTTPStatus.NOT_FOUND,
    NoSuchStopReason: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoSuchView: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotPlanned: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoteTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotYourself: HTTPStatus.CONFLICT,
    NothingPlanned: HTTPStatus.CONFLICT,
    ReasonTaken: HTTPStatus.CONFLICT,
    ScreenEnded: HTTPStatus.FORBIDDEN,
    ShiftsOverlap: HTTPStatus.CONFLICT,
    SlugTaken: HTTPStatus.CONFLICT,
    TooManyAtOnce: HTTPStatus.SERVICE_UNAVAILABLE,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    TypeTaken: HTTPStatus.CONFLICT,
    UsernameTaken: HTTPStatus.CONFLICT,
    WrongPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
}

# What passes by itself: the answer is «come back», never a traceback.
PASSING = (*database.PASSING, *streams.PASSING, *sessions.PASSING, sessions.SessionsAway)
RETRY_AFTER_SECONDS = 5


def install(app: Flask) -> None:
    """Answer every refusal and every fault in its own words."""
    for refusal in get_args(Refusal):
        app.register_error_handler(refusal, _refused)
    app.register_error_handler(Problem, lambda problem: problem.as_response())
    app.register_error_handler(HTTPException, _http)
    for passing in PASSING:
        app.register_error_handler(passing, _away)


def _refused(error: Refusal) -> ResponseReturnValue:
    if isinstance(error, TooManyAtOnce | TooManyAttempts):
        return answer(STATUS[type(error)], error.code, str(error), wait=error.retry_after)
    if isinstance(error, CallAlreadyOpen):
        there = url_for("lines.show", slug=error.line, _anchor=f"call-{error.call_id}")
        return answer(
            STATUS[type(error)],
            error.code,
            str(error),
            link=(f"See call {error.call_id}", there),
            facts={"call": {"id": error.call_id, "url": there}},
        )
    return answer(STATUS[type(error)], error.code, str(error))


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        original = error.original_exception
        if isinstance(original, PASSING):
            return _away(original)
        log.error("request.failed", exc_info=original)
        return answer(500, "internal", "this is our fault; it has been written down")
    if error.response is not None:
        return error.response
    # Werkzeug's own words are for programs: the page says the same in words of the field.
    is_ours = error.description != type(error).description
    detail = (error.description or "") if is_ours or wants_problem() else ""
    code = error.name.lower().replace(" ", "-")
    allow = {name: value for name, value in error.get_headers() if name == "Allow"}
    return answer(error.code or 500, code, detail, headers=allow)


def _away(fault: Exception) -> ResponseReturnValue:
    """A neighbour does not answer: say so at once, and when to come back."""
    kind = "database" if isinstance(fault, database.PASSING) else "cache"
    log.warning("neighbour.away", neighbour=kind, fault=type(fault).__name__)
    wait = RETRY_AFTER_SECONDS
    return answer(503, f"{kind}-away", f"the {kind} does not answer just now", wait=wait)


def answer(
    status: int,
    code: str,
    detail: str,
    *,
    link: tuple[str, str] | None = None,
    wait: int | None = None,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, object] | None = None,
) -> ResponseReturnValue:
    """The refusal as whoever asked can read it.

    `link` is a label and where to go from here, `wait` after how many seconds to come back;
    `facts` are for programs.
    """
    more = dict(headers or {}) | ({"Retry-After": str(wait)} if wait else {})
    if wants_problem():
        return Problem(status, code, detail, headers=more, **(facts or {})).as_response()
    page = render_template(
        "errors/error.html",
        status=status,
        code=code,
        title=HTTPStatus(status).phrase,
        detail=detail,
        retry_after=wait,
        link=link,
        # What fails on our side may fail for the menu, too.
        operator=g.get("operator") if status < HTTPStatus.INTERNAL_SERVER_ERROR else None,
        request_id=request_id(),
    )
    return page, status, more
