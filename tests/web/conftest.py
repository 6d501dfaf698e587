"""Browsers of several people before one application."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.models import Call, Output, Shift
from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import Plant, sign_in
from tests.web.browsers import Browser

# On a Monday that is over, in the plant's zone, an hour ahead of UTC.
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def browser(app: Flask, plant: Plant) -> Browser:
    """Opens a browser of its own, in which somebody signed in, if anybody."""

    def opened(who: str | None = None) -> FlaskClient:
        client = app.test_client()
        if who is not None:
            assert sign_in(client, who).status_code == 303
        return client

    return opened


@pytest.fixture
def store(app: Flask) -> SessionStore:
    kept: SessionStore = app.extensions["sessions"]
    return kept


@pytest.fixture
def queries(parts: Parts) -> Iterator[list[str]]:
    """The statements that were sent to the database, by pages and by the cache itself."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def past(parts: Parts, plant: Plant) -> None:
    """A shift at noon with 30 pieces, a stop and a call."""
    press = plant.lines["press"]
    with parts.database.transaction() as session:
        session.add(Shift(line_id=press, starts_at=NOON, ends_at=NOON + 60 * MINUTE, target=60))
        for minute in (0, 40, 45, 50, 55, 60):
            at = NOON + minute * MINUTE
            session.add(Output(id=uuid.uuid4(), line_id=press, at=at, good=5, scrap=1))
        session.add(
            Call(
                line_id=press,
                station_id=plant.stations["press-s1"],
                reason="material",
                raised_at=NOON + 2 * MINUTE,
                raised_by=plant.people["otto"],
                acknowledged_at=NOON + 5 * MINUTE,
                resolved_at=NOON + 40 * MINUTE,
            )
        )


@pytest.fixture
def vera(client: FlaskClient, past: None) -> FlaskClient:
    sign_in(client, "vera")
    return client
