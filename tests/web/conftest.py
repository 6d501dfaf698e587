"""Browsers of several people before one application."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

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
