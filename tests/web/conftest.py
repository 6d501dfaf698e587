"""Browsers of several people before one application."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import Plant, sign_in
from tests.web.browsers import Browser


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
