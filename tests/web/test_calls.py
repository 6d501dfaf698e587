"""The cord over HTTP."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.parts import Parts
from app.streams.announcer import channel_keys
from tests.builders import Plant, csrf_token, sign_in


@pytest.fixture
def otto(client: FlaskClient, plant: Plant) -> FlaskClient:
    """A client signed in as an operator."""
    sign_in(client, "otto")
    return client


def pull(client: FlaskClient, **but: str) -> TestResponse:
    form = {"station": "s1", "reason": "material", "csrf_token": csrf_token(client, "/lines/press")}
    return client.post("/lines/press/calls", data=form | but)


def open_calls(client: FlaskClient) -> list[dict[str, object]]:
    tiles = client.get("/board.json").get_json()["tiles"]
    calls: list[dict[str, object]] = next(
        tile["open_calls"] for tile in tiles if tile["line"] == "press"
    )
    return calls


def test_a_pulled_cord_is_on_the_board(otto: FlaskClient) -> None:
    answer = pull(otto)

    assert (answer.status_code, answer.location) == (303, "/lines/press#calls")
    (call,) = open_calls(otto)
    assert (call["station"], call["reason"], call["acknowledged_at"]) == (
        "Station 1",
        "material",
        None,
    )


def test_a_second_call_of_one_station_and_reason_is_refused_and_linked(otto: FlaskClient) -> None:
    pull(otto)
    answer = pull(otto)

    assert answer.status_code == 409
    assert 'href="/lines/press#call-1"' in answer.text
    assert "See call 1" in answer.text
    assert pull(otto, reason="quality").status_code == 303


def test_a_call_is_acknowledged_by_the_first_and_resolved_once(otto: FlaskClient) -> None:
    pull(otto)
    form = {"csrf_token": csrf_token(otto, "/lines/press")}
    first = otto.post("/calls/1/acknowledgement", data=form)
    sign_in(otto, "ada")
    form = {"csrf_token": csrf_token(otto, "/lines/press")}
    second = otto.post("/calls/1/acknowledgement", data=form)
    (call,) = open_calls(otto)
    resolved = otto.post("/calls/1/resolution", data=form)
    late = [otto.post(f"/calls/1/{what}", data=form) for what in ("resolution", "acknowledgement")]

    assert (first.status_code, second.status_code, resolved.status_code) == (303, 303, 303)
    assert call["acknowledged_by"] == "Otto"
    assert [answer.status_code for answer in late] == [409, 409]
    assert open_calls(otto) == []


@pytest.mark.parametrize(("but", "status"), [({"station": "s9"}, 404), ({"reason": "tea"}, 422)])
def test_what_is_not_there_is_refused(otto: FlaskClient, but: dict[str, str], status: int) -> None:
    assert pull(otto, **but).status_code == status


def test_a_call_that_is_not_there_is_not_found(otto: FlaskClient) -> None:
    form = {"csrf_token": csrf_token(otto, "/lines/press")}

    assert otto.post("/calls/99/acknowledgement", data=form).status_code == 404


def test_a_viewer_may_not_pull_the_cord(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")
    token = csrf_token(client, "/")
    form = {"station": "s1", "reason": "material", "csrf_token": token}

    assert client.post("/lines/press/calls", data=form).status_code == 403
    assert "Pull the cord" not in client.get("/lines/press").text


def test_the_cord_wants_a_csrf_token(otto: FlaskClient) -> None:
    for path in ("/lines/press/calls", "/calls/1/acknowledgement", "/calls/1/resolution"):
        assert otto.post(path, data={"station": "s1", "reason": "material"}).status_code == 400
    assert otto.put("/calls/1/resolution").status_code == 400
    assert open_calls(otto) == []


def test_a_call_is_announced_on_the_board_and_the_line(otto: FlaskClient, parts: Parts) -> None:
    pull(otto)

    for channel in ("board:north", "line:press"):
        at, said = channel_keys(channel)
        assert parts.redis.hget(at, "offset") == b"1"
        assert parts.redis.xlen(said) == 1


def test_a_program_is_answered_in_json(otto: FlaskClient) -> None:
    form = {"station": "s1", "reason": "help", "csrf_token": csrf_token(otto, "/lines/press")}
    answer = otto.post("/lines/press/calls", data=form, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()) == (
        201,
        {"id": 1, "line": "press", "reason": "help"},
    )
