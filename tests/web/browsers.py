"""What a test may look at behind a browser's back."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from app.sessions import SessionStore
from tests.builders import csrf_token

COOKIE = "andon-session"
LONGEST_WAIT_SECONDS = 10
KEPT = ("near", "hit")
Browser = Callable[..., FlaskClient]


def cookie(client: FlaskClient) -> str:
    """The session's token."""
    found = client.get_cookie(COOKIE)
    assert found is not None
    return found.value


def name_of(store: SessionStore, client: FlaskClient) -> str:
    """What the store and the row know this browser's session by."""
    token = store.keys.read(cookie(client))
    assert token is not None
    return token.name


def is_in(client: FlaskClient) -> bool:
    """Whether the browser is signed in."""
    return client.get("/").status_code == 200


def kept(client: FlaskClient, path: str) -> str:
    """Ask for a page until all it keeps is kept; the last one's text.

    After a wipe nothing is kept until the transactions in flight have ended, and autovacuum has
    some of its own.
    """
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        page = client.get(path)
        if page.headers["X-Cache"] in KEPT:
            return page.text
        time.sleep(0.02)
    return pytest.fail(f"{path} is never answered from the cache")


def post(client: FlaskClient, path: str, **form: str) -> int:
    """Send a form with its token; the status of the answer."""
    token = csrf_token(client, "/account/password")
    return client.post(path, data={"csrf_token": token, **form}).status_code


def rows(parts: Parts, what: str = "name") -> list[object]:
    """A column of all sign-ins, the oldest first."""
    with parts.database.transaction() as session:
        found = session.scalars(text(f"SELECT {what} FROM sign_in ORDER BY id"))  # noqa: S608 (tests')
        return list(found)


def change(parts: Parts, statement: str) -> None:
    """Run a statement as any process of ours would."""
    with parts.database.transaction() as session:
        session.execute(text(statement))


def walked(client: FlaskClient, path: str, **query: object) -> list[Any]:
    """Every part, from the first to that which leads nowhere."""
    parts, at = [], f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    while at:
        answer = client.get(at)
        assert answer.status_code == 200, answer.text
        parts.append(answer.get_json())
        found = re.fullmatch(r'<(/[^>]+)>; rel="next"', answer.headers.get("Link", ""))
        at = found[1] if found else ""
    return parts
