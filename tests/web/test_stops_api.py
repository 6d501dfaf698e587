"""Stops for programs: what is read, what may be said, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from tests.builders import csrf_token
from tests.web.browsers import Browser

API = "/api/v1/lines/press/stops"
# The press stood from then on, for forty minutes, and the call of that time is over.
NOON = "2026-03-02T11:00:00Z"
DAY = "since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z"
SENSELESS = [
    ("since=yesterday", ["since"]),
    ("until=2999-01-01T00:00:00Z", ["until"]),
    ("since=1999-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", ["since"]),
    ("since=2026-03-02T00:00:00Z&until=2026-03-02T00:00:00Z", ["since"]),
    ("since=2026-01-01T00:00:00Z&until=2026-03-02T00:00:00Z", ["since"]),
    ("since=0001-01-01T00:00:00%2B14:00", ["since"]),
]
REFUSED: list[tuple[str, object, int]] = [
    (NOON, {}, 422),
    (NOON, {"reason": "gremlins"}, 422),
    (NOON, {"reason": "machine-jam", "comment": "x" * 301}, 422),
    (NOON, {"reason": "machine-jam", "stop": 1}, 422),
    (NOON, [], 422),
    ("2026-03-02T11:00:01Z", {"reason": "machine-jam"}, 404),
    ("noon", {"reason": "machine-jam"}, 404),
]


@pytest.fixture
def otto(browser: Browser, past: None) -> FlaskClient:
    return browser("otto")


def put(client: FlaskClient, starts_at: str, body: object) -> Any:  # noqa: ANN401 (JSON)
    headers = {"X-CSRF-Token": csrf_token(client, "/account/password")}
    return client.put(f"{API}/{starts_at}/reason", json=body, headers=headers)


def test_a_stop_is_told_with_its_reason_and_what_else_might_be_said(otto: FlaskClient) -> None:
    said = put(otto, NOON, {"reason": "supply-material", "comment": "Box is\nempty"})
    told = otto.get(f"{API}?{DAY}").get_json()

    assert (said.status_code, said.get_json()) == (
        200,
        {"line": "press", "starts_at": NOON, "reason": "supply-material"},
    )
    assert told["stops"] == [
        {
            "starts_at": NOON,
            "ends_at": "2026-03-02T11:40:00Z",
            "is_over": True,
            "seconds": 2400.0,
            "reason": "supply-material",
            "reason_name": "Supply: No material",
            "comment": "Box is empty",
        }
    ]
    assert {"slug": "people", "name": "People", "parent": None, "planned": False} in told["reasons"]


def test_a_stop_that_goes_on_has_no_end_yet(otto: FlaskClient, parts: Parts) -> None:
    began = datetime.now(UTC) - timedelta(minutes=30)
    with parts.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO output (id, line_id, at, good, scrap)"
                " VALUES (gen_random_uuid(), 1, :at, 1, 0)"
            ),
            {"at": began},
        )
    said = put(otto, began.isoformat(), {"reason": "machine-failure"})
    *_, before, newest = otto.get(API).get_json()["stops"]

    assert said.status_code == 200
    assert (before["is_over"], before["reason"]) == (True, None)
    assert (newest["is_over"], newest["reason"]) == (False, "machine-failure")


def test_what_makes_no_sense_is_refused_and_named(otto: FlaskClient) -> None:
    answers = [otto.get(f"{API}?{query}") for query, _ in SENSELESS]

    assert {answer.status_code for answer in answers} == {422}
    assert [[error["field"] for error in answer.get_json()["errors"]] for answer in answers] == [
        fields for _, fields in SENSELESS
    ]
    assert otto.get("/api/v1/lines/nowhere/stops").status_code == 404


def test_what_cannot_be_said_changes_nothing(otto: FlaskClient) -> None:
    answers = [put(otto, at, body).status_code for at, body, _ in REFUSED]

    assert answers == [status for _, _, status in REFUSED]
    assert otto.get(f"{API}?{DAY}").get_json()["stops"][0]["reason"] is None


def test_who_only_looks_and_who_forges_says_nothing(browser: Browser, past: None) -> None:
    vera, otto = browser("vera"), browser("otto")

    assert put(vera, NOON, {"reason": "machine-jam"}).status_code == 403
    assert otto.put(f"{API}/{NOON}/reason", json={"reason": "machine-jam"}).status_code == 400
