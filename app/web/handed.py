"""How a view reaches what it was handed."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, current_app, request, session
from sqlalchemy.orm import Session

from app.cache import Query
from app.domain.accounts import Gatekeeper, ScreenKeys
from app.domain.telemetry import Directory
from app.models import By
from app.parts import Parts
from app.sessions import SessionStore
from app.sessions.session import LazySession

_LONGEST_ADDRESS = 45  # of IPv6, with an IPv4 address at its end


def install(app: Flask, parts: Parts) -> None:
    app.extensions["andon.parts"] = parts
    app.extensions["andon.gatekeeper"] = Gatekeeper(time.monotonic)
    app.extensions["andon.screens"] = ScreenKeys(
        parts.config.secret_key, parts.config.secret_key_fallbacks
    )
    app.extensions["andon.directory"] = Directory(time.monotonic, ask=parts.cache.rows)


def parts() -> Parts:
    """The parts of the application that serves this request."""
    return cast("Parts", current_app.extensions["andon.parts"])


def ask(session: Session, query: Query, **parameters: object) -> Sequence[Any]:
    """The answer to a named query, from the query cache."""
    return parts().cache.rows(session, query, **parameters)


def gatekeeper() -> Gatekeeper:
    """Who knows the gateways' tokens in this process."""
    return cast("Gatekeeper", current_app.extensions["andon.gatekeeper"])


def directory() -> Directory:
    """Who knows the sensors' names in this process."""
    return cast("Directory", current_app.extensions["andon.directory"])


def screen_keys() -> ScreenKeys:
    """Who makes and reads the keys of screens' links."""
    return cast("ScreenKeys", current_app.extensions["andon.screens"])


def current_session() -> LazySession:
    """`flask.session`, with the methods that ours has."""
    return cast("LazySession", session)


def session_store() -> SessionStore:
    """Who keeps everybody's sessions."""
    return cast("SessionStore", current_app.extensions["sessions"])


def done_by(operator_id: int) -> By:
    """That this person does something now, as the audit keeps it."""
    return By(operator_id, datetime.now(UTC), client_address())


def client_address() -> str:
    """From where the request comes, as the audit keeps it."""
    return (request.remote_addr or "")[:_LONGEST_ADDRESS]
