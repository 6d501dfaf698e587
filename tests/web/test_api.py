"""The gateways' door: what is taken, what is refused, and in which words."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from app.domain.accounts import issue_token
from app.models import Gateway
from app.parts import Parts
from app.streams import Landing
from tests.builders import Plant, sign_in


class Send(Protocol):
    """Posts a body, spelled as JSON unless it is text or bytes already."""

    def __call__(
        self,
        kind: str,
        body: object,
        *,
        token: str | None = None,
        content_type: str = "application/json",
    ) -> TestResponse: ...


@pytest.fixture
def send(client: FlaskClient, plant: Plant) -> Send:
    def send(
        kind: str,
        body: object,
        *,
        token: str | None = None,
        content_type: str = "application/json",
    ) -> TestResponse:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {token or plant.token}"}
        path = f"/api/v1/{kind}"
        return client.post(path, data=data, headers=headers, content_type=content_type)

    return send


def a_reading(**but: object) -> dict[str, object]:
    return {
        "sensor": "press-s1-temperature",
        "at": datetime.now(UTC).isoformat(),
        "value": 21.5,
    } | but


def a_count(**but: object) -> dict[str, object]:
    at = datetime.now(UTC).isoformat()
    return {"id": str(uuid.uuid4()), "line": "press", "at": at, "good": 3, "scrap": 1} | but


def test_a_batch_is_accepted_when_the_cache_holds_it(send: Send, parts: Parts) -> None:
    answer = send("readings", {"readings": [a_reading(), a_reading(value=22)]})

    assert (answer.status_code, answer.get_json()) == (202, {"accepted": 2})
    assert parts.landing.waiting() == 1


def test_counted_output_is_accepted_with_who_made_it(send: Send, parts: Parts) -> None:
    answer = send("output", {"output": [a_count(operator="otto")]})

    assert (answer.status_code, answer.get_json()) == (202, {"accepted": 1})
    assert parts.landing.waiting() == 1


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        (a_reading(sensor="nobody-knows"), "sensor", "no sensor of this plant is called"),
        (a_reading(value="warm"), "value", "Expected `float`, got `str`"),
        (a_reading(value=None), "value", "Expected `float`, got `null`"),
        (a_reading(value=True), "value", "Expected `float`, got `bool`"),
        (a_reading(value=1e200), "value", "Expected `float` <="),
        (a_reading(at="yesterday"), "at", "Invalid RFC3339 encoded datetime"),
        (a_reading(at="2026-01-01T00:00:00"), "at", "timezone"),
        (a_reading(at="1999-12-31T23:59:59Z"), "at", "before 2000"),
        (a_reading(at="0001-01-01T00:00:00+14:00"), "at", "before 2000"),
        (
            a_reading(at=(datetime.now(UTC) + timedelta(days=400)).isoformat()),
            "at",
            "in the future",
        ),
        (a_reading(note="hello"), "note", "unknown field"),
        ({"sensor": "press-s1-temperature", "value": 1.0}, "at", "missing required field"),
        ("press", "", "Expected `object`, got `str`"),
    ],
)
def test_a_bad_reading_is_named_and_nothing_is_taken(
    send: Send, parts: Parts, item: object, field: str, words: str
) -> None:
    answer = send("readings", {"readings": [a_reading(), item, a_reading()]})
    problem = answer.get_json()

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [(bad["index"], bad["field"]) for bad in problem["errors"]] == [(1, field)]
    assert words in problem["errors"][0]["reason"]
    assert parts.landing.waiting() == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_value_that_is_no_number_is_named(send: Send, parts: Parts, number: str) -> None:
    body = json.dumps({"readings": [a_reading(), a_reading(value=12345.5)]})
    answer = send("readings", body.replace("12345.5", number))
    problem = answer.get_json()

    assert answer.status_code == 422
    assert [(bad["index"], bad["field"]) for bad in problem["errors"]] == [(1, "value")]
    assert parts.landing.waiting() == 0


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (a_count(line="nowhere"), "line"),
        (a_count(operator="nobody"), "operator"),
        (a_count(id="seven"), "id"),
        (a_count(good=-1), "good"),
        (a_count(good=1.5), "good"),
        (a_count(scrap=10**9), "scrap"),
    ],
)
def test_a_bad_count_is_named(send: Send, parts: Parts, item: object, field: str) -> None:
    answer = send("output", {"output": [item]})

    assert answer.status_code == 422
    assert [bad["field"] for bad in answer.get_json()["errors"]] == [field]
    assert parts.landing.waiting() == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"readings":' + b"[" * 100_000,
        b"",
        b"{",
        b"\xff\xfe",
        b'{"readings": [1,]}',
    ],
)
def test_what_is_not_json_is_a_bad_request(send: Send, body: bytes) -> None:
    answer = send("readings", body)

    assert answer.status_code == 400
    assert answer.get_json()["type"] == "urn:andon:problem:malformed"


def test_an_item_that_is_not_even_text_is_named(send: Send) -> None:
    answer = send("readings", b'{"readings": [7, "\xff"]}')

    assert answer.status_code == 422
    assert [bad["index"] for bad in answer.get_json()["errors"]] == [0, 1]


@pytest.mark.parametrize(
    "body", [{}, [], {"readings": 7}, {"readings": []}, {"readings": [], "more": 1}, {"output": []}]
)
def test_a_body_of_another_shape_is_refused(send: Send, body: object) -> None:
    assert send("readings", body).status_code == 422


def test_five_thousand_readings_are_a_batch_and_one_more_is_not(send: Send, parts: Parts) -> None:
    start = datetime.now(UTC) - timedelta(hours=3)
    many = [a_reading(at=(start + timedelta(seconds=n)).isoformat()) for n in range(5001)]

    assert send("readings", {"readings": many[:5000]}).status_code == 202
    answer = send("readings", {"readings": many})
    assert answer.status_code == 422
    assert "5001 items" in answer.get_json()["detail"]
    assert parts.landing.waiting() == 1


def test_a_body_over_a_megabyte_is_too_large(send: Send, parts: Parts) -> None:
    answer = send("readings", b" " * 1_048_577)

    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert parts.landing.waiting() == 0


def test_another_content_type_is_refused(send: Send) -> None:
    answer = send("readings", {"readings": [a_reading()]}, content_type="text/csv")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer x", "Bearer 1.wrong", "Basic 1.x", f"Bearer {'9' * 5000}.x"],
)
def test_a_wrong_or_missing_token_is_refused(
    client: FlaskClient, plant: Plant, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = client.post("/api/v1/readings", json={"readings": [a_reading()]}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="andon"'
    assert answer.get_json()["type"] == "urn:andon:problem:unauthorized"


def test_a_revoked_token_is_refused(send: Send, parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(update(Gateway).values(revoked_at=datetime.now(UTC)))

    assert send("readings", {"readings": [a_reading()]}).status_code == 401


def test_a_rotated_token_ends_the_old_one(send: Send, parts: Parts) -> None:
    with parts.database.transaction() as session:
        new = issue_token(session, name="gateway-north", plant="north")

    assert send("readings", {"readings": [a_reading()]}).status_code == 401
    assert send("readings", {"readings": [a_reading()]}, token=new).status_code == 202


def test_a_token_is_not_kept_where_it_could_be_read(parts: Parts, plant: Plant) -> None:
    secret = plant.token.partition(".")[2]
    with parts.database.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT gateway::text FROM gateway").scalar_one()

    assert secret not in row
    assert secret.encode().hex() not in row


def test_a_session_does_not_open_the_gateways_door(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "ada")
    answer = client.post("/api/v1/readings", json={"readings": [a_reading()]})

    assert answer.status_code == 401


def test_the_gateway_is_noted_as_seen(send: Send, parts: Parts) -> None:
    send("readings", {"readings": [a_reading()]})
    with parts.database.engine.connect() as connection:
        seen = connection.execute(text("SELECT last_seen_at FROM gateway")).scalar_one()

    assert datetime.now(UTC) - seen < timedelta(minutes=1)


def test_a_gateway_knows_only_the_sensors_of_its_plant(send: Send, parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(text("INSERT INTO plant VALUES (2, 'south', 'South', 'UTC')"))
        foreign = issue_token(session, name="gateway-south", plant="south")
    answer = send("readings", {"readings": [a_reading()]}, token=foreign)

    assert answer.status_code == 422


def test_a_full_landing_stream_refuses_with_retry_after(
    app: Flask, send: Send, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.landing, "_bound_bytes", 1)
    first = send("readings", {"readings": [a_reading()]})
    second = send("readings", {"readings": [a_reading()]})

    assert (first.status_code, second.status_code) == (202, 503)
    assert second.headers["Retry-After"] == "2"
    assert second.get_json()["type"] == "urn:andon:problem:landing-full"
    assert parts.landing.waiting() == 1


def test_entries_are_never_trimmed_by_count(parts: Parts) -> None:
    landing = Landing(parts.redis, streams=1, bound_bytes=100_000, prefix="untrimmed")
    for _ in range(300):
        landing.add(b"x", source="g", kind="readings")

    assert landing.waiting() == 300
