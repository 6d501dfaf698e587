"""Links of screens on walls: the key comes in the address once, and in a cookie from then on."""

from datetime import UTC, datetime

import structlog
from flask import g, request
from werkzeug import Response

from app.database import PASSING
from app.domain.accounts import ScreenEnded, ScreenPass, admit_screen, note_screen
from app.parts import screen_cookie
from app.web.handed import parts, screen_keys

log = structlog.get_logger(__name__)

# The longest that browsers keep a cookie; each page begins it anew.
_KEPT_SECONDS = 400 * 24 * 3600


def admitted() -> ScreenPass | None:
    """The screen that asks, or None where none does. Raises `ScreenEnded`."""
    key = request.args.get("key") or request.cookies.get(screen_cookie(parts().config))
    if not key:
        return None
    number = screen_keys().read(key)
    with parts().database.transaction() as session:
        screen = None if number is None else admit_screen(session, number)
    if screen is None or screen.plant != (request.view_args or {}).get("plant"):
        raise ScreenEnded
    _note(screen)
    return screen


def current_screen() -> ScreenPass | None:
    """The screen that was let in, behind `guards.screen`; None where a person was."""
    screen: ScreenPass | None = g.get("screen")
    return screen


def keep_key(response: Response, screen: ScreenPass) -> None:
    """Let the browser come back without the key in its address, where logs would find it."""
    config = parts().config
    response.set_cookie(
        screen_cookie(config),
        screen_keys().key(screen.id),
        max_age=_KEPT_SECONDS,
        secure=config.in_production,
        httponly=True,
        samesite="Lax",
    )


def _note(screen: ScreenPass) -> None:
    try:
        with parts().database.transaction() as session:
            note_screen(session, screen, datetime.now(UTC))
    except PASSING as fault:
        log.warning("screen.not_noted", screen=screen.id, fault=type(fault).__name__)
