"""The description of the API against the application that runs."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import Plant, csrf_token, sign_in
from tests.web.browsers import post
from tests.web.conftest import NOON
from tests.web.schemas import faults

PREFIX = "/api/v1/"
SENSOR = "press-s1-temperature"
NOW = datetime.now(UTC).isoformat()
# A request of each route that is answered as hoped for; none of them harms the next.
GOOD: dict[str, dict[str, Any]] = {
    "GET /api/v1/lines": {"query_string": "plant=north"},
    "GET /api/v1/lines/press": {},
    "PATCH /api/v1/lines/press": {"json": {"name": "Great Press", "target_per_hour": 7}},
    "GET /api/v1/lines/press/readings": {"query_string": {"sensor": SENSOR, "step": "60"}},
    "GET /api/v1/lines/press/alerts": {},
    "GET /api/v1/lines/press/calls": {},
    "POST /api/v1/lines/press/calls": {"json": {"station": "s1", "type": "help"}},
    "GET /api/v1/lines/press/stops": {"query_string": {"until": f"{NOON:%Y-%m-%dT%H}:59:00Z"}},
    f"PUT /api/v1/lines/press/stops/{NOON:%Y-%m-%dT%H}:00:00Z/reason": {
        "json": {"reason": "machine-jam"}
    },
    "GET /api/v1/leaderboards/operators": {"query_string": "window=day&around=me"},
    "GET /api/v1/openapi.json": {},
    "POST /api/v1/readings": {"json": {"readings": [{"sensor": SENSOR, "at": NOW, "value": 1}]}},
    "POST /api/v1/output": {
        "json": {"output": [{"id": str(uuid.uuid4()), "line": "press", "at": NOW, "good": 1}]}
    },
}

Told = dict[str, Any]
Ask = Callable[..., TestResponse]
# Bodies that no form could hold, each of which was a 500 once.
BROKEN = [b"[" * 100_000, b'{"name":' * 5_000, b'{"name":"\\ud800"}', b'{"name":"\xff"}', b""]


@pytest.fixture
def description(client: FlaskClient) -> Any:  # noqa: ANN401 (JSON)
    return client.get("/api/v1/openapi.json").get_json()


@pytest.fixture
def request_(client: FlaskClient, past: None, plant: Plant) -> Ask:
    """Asks as Ada, and as a gateway what is a gateway's."""
    sign_in(client, "ada")
    csrf = {"X-CSRF-Token": csrf_token(client, "/account/password")}
    bearer = {"Authorization": f"Bearer {plant.token}"}

    def asked(method: str, path: str, **more: Any) -> TestResponse:  # noqa: ANN401 (a request's)
        headers = bearer if path in ("/api/v1/readings", "/api/v1/output") else csrf
        return client.open(path, method=method, headers=headers, **more)

    return asked


def operation(description: Told, method: str, path: str) -> Any:  # noqa: ANN401 (JSON)
    """What is said of the route that this address belongs to."""
    for pattern, methods in description["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path) and method.lower() in methods:
            return methods[method.lower()]
    raise LookupError(path)


def wrong(description: Told, told: Told, answer: TestResponse) -> list[str]:
    """Where the answer is not as it is told; problems may say more than is told."""
    content = told["responses"][str(answer.status_code)].get("content", {})
    if answer.content_type not in content:
        return [f"{answer.status_code} is told as {list(content)}, not {answer.content_type}"]
    found = faults(
        answer.get_json(),
        content[answer.content_type]["schema"],
        description["components"]["schemas"],
    )
    extra = "is not described" if answer.status_code >= 400 else "\0"
    return [fault for fault in found if extra not in fault]


def test_every_route_is_described_and_every_description_is_a_route(
    app: Flask, description: Told
) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in description["paths"].items() for method in methods}

    assert routes == told


def test_every_route_has_a_good_request_here(description: Told) -> None:
    asked = [operation(description, *request.split()) for request in GOOD]

    assert sorted(each["operationId"] for each in asked) == sorted(
        told["operationId"]
        for methods in description["paths"].values()
        for told in methods.values()
    )


def test_every_good_answer_is_as_it_is_described(
    client: FlaskClient, description: Told, request_: Ask
) -> None:
    post(client, "/lines/press/calls", station="s1", reason="quality", note="Burrs")
    for request, more in GOOD.items():
        method, path = request.split()
        answer = request_(method, path, **more)

        assert answer.status_code < 300, (request, answer.text)
        assert not wrong(description, operation(description, method, path), answer), request


def test_every_reference_leads_somewhere_and_every_name_is_used_once(description: Told) -> None:
    names = re.findall(r"#/components/schemas/(\w+)", str(description))
    operations = [
        told["operationId"]
        for methods in description["paths"].values()
        for told in methods.values()
    ]

    assert set(names) == set(description["components"]["schemas"])
    assert len(set(operations)) == len(operations)


def test_guards_are_told_as_they_are(description: Told) -> None:
    told = {
        request: (
            operation(description, *request.split())["security"],
            sorted({"401", "403"} & operation(description, *request.split())["responses"].keys()),
        )
        for request in GOOD
    }

    assert told["GET /api/v1/openapi.json"] == ([], [])
    assert told["POST /api/v1/output"] == ([{"gateway": []}], ["401"])
    assert told["GET /api/v1/lines"] == ([{"token": ["read"]}, {"session": []}], ["401", "403"])
    assert told["PATCH /api/v1/lines/press"] == (
        [{"token": ["lines"]}, {"session": [], "csrf": []}],
        ["401", "403"],
    )


def test_whoever_may_not_gets_an_answer_that_is_described(
    app: Flask, description: Told, plant: Plant
) -> None:
    stranger = app.test_client()
    for request, more in GOOD.items():
        method, path = request.split()
        told = operation(description, method, path)
        answer = stranger.open(path, method=method, **more)

        assert answer.status_code == 200 or answer.status_code in (400, 401), request
        assert not wrong(description, told, answer), request


def test_the_page_shows_every_route_and_loads_nothing_from_elsewhere(
    client: FlaskClient, description: Told
) -> None:
    answer = client.get("/api/docs")
    headings = re.findall(r"<h2 [^>]*>(.+?)</h2>", answer.text)

    assert answer.status_code == 200
    assert set(headings) == {
        *(
            f"{method.upper()} {path}"
            for path, ways in description["paths"].items()
            for method in ways
        ),
        *description["components"]["schemas"],
    }
    assert not re.findall(r"""(?:src|href)=["']?(?:\w+:)?//""", answer.text)


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:12]))
def test_a_body_that_is_no_json_is_refused_as_described(
    description: Told, request_: Ask, body: bytes
) -> None:
    for request in [request for request in GOOD if not request.startswith("GET")]:
        method, path = request.split()
        answer = request_(method, path, data=body, content_type="application/json")

        assert answer.status_code in (400, 422), request
        assert not wrong(description, operation(description, method, path), answer), request
