"""Gateways: made, given another token, ended; and what is known of each."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.accounts import Gatekeeper, note_refused
from app.models import Gateway
from app.parts import Parts
from tests.builders import PASSWORD, Plant, post
from tests.web.administering import said, send
from tests.web.browsers import Browser, change

NOW = datetime.now(UTC)
Knock = Callable[..., int]


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    """Ada, who gave her password again."""
    client = browser("ada")
    assert post(client, "/account/confirmation", password=PASSWORD).status_code == 303
    return client


@pytest.fixture
def knock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Knock:
    """The answer to an empty batch, by a gate that reads the tokens anew: 401 to strangers."""
    gate: Gatekeeper = app.extensions["andon.gatekeeper"]

    def knocked(token: str, body: object = None) -> int:
        gate._asked_at = float("-inf")  # noqa: SLF001 (two seconds later)
        return (
            app.test_client()
            .post(
                "/api/v1/readings",
                json={"readings": []} if body is None else body,
                headers={"Authorization": f"Bearer {token}"},
            )
            .status_code
        )

    return knocked


def token_in(page: str) -> str:
    found = re.search(r"<textarea[^>]*>([^<]+)</textarea>", page)
    assert found, page
    return found[1]


def test_a_token_is_shown_once_and_kept_nowhere(
    ada: FlaskClient, parts: Parts, knock: Knock
) -> None:
    made = send(ada, "/gateways/new", "/gateways", name="hall-2", plant="north")
    token = token_in(made.text)
    with parts.database.transaction() as session:
        row = session.scalars(select(Gateway).where(Gateway.name == "hall-2")).one()
    secret = token.partition(".")[2]

    assert made.headers["Cache-Control"] == "no-store"
    assert knock(token) == 422
    assert secret not in ada.get("/gateways").text
    assert secret.encode() not in row.token_digest
    assert said(parts, "gateway") == [("gateway.made", "hall-2", {"plant": "north"})]


def test_a_name_that_is_taken_is_said_beside_the_field(ada: FlaskClient) -> None:
    again = send(ada, "/gateways/new", "/gateways", name="gateway-north")
    empty = send(ada, "/gateways/new", "/gateways", name=" ")

    assert (again.status_code, empty.status_code) == (422, 422)
    assert 'value="gateway-north"' in again.text
    assert "another gateway is called gateway-north" in again.text
    assert "Please fill this in" in empty.text


def test_the_old_token_is_good_for_a_day_beside_the_new_one(
    ada: FlaskClient, parts: Parts, plant: Plant, knock: Knock
) -> None:
    renewed = send(ada, "/gateways", "/gateways/1/token")
    both = knock(plant.token), knock(token_in(renewed.text))
    change(parts, "UPDATE gateway SET last_token_until = now() - interval '1 second'")

    assert "The old token is good until" in renewed.text
    assert both == (422, 422)
    assert (knock(plant.token), knock(token_in(renewed.text))) == (401, 422)


def test_a_token_that_others_may_know_ends_at_once(
    ada: FlaskClient, plant: Plant, knock: Knock
) -> None:
    first = token_in(send(ada, "/gateways", "/gateways/1/token").text)
    second = token_in(send(ada, "/gateways", "/gateways/1/token", at_once="yes").text)

    assert [knock(token) for token in (plant.token, first, second)] == [401, 401, 422]


def test_a_revoked_gateway_is_let_in_by_a_new_token_alone(
    ada: FlaskClient, parts: Parts, plant: Plant, knock: Knock
) -> None:
    renewed = token_in(send(ada, "/gateways", "/gateways/1/token").text)
    assert send(ada, "/gateways", "/gateways/1/revocation").status_code == 303
    out = knock(plant.token), knock(renewed)
    back = token_in(send(ada, "/gateways", "/gateways/1/token").text)

    assert out == (401, 401)
    assert [knock(token) for token in (plant.token, renewed, back)] == [401, 401, 422]
    assert [action for action, _, _ in said(parts, "gateway")] == [
        "gateway.token_renewed",
        "gateway.revoked",
        "gateway.token_renewed",
    ]


def test_what_a_gateway_is_refused_is_counted_with_the_last_reason(
    ada: FlaskClient, plant: Plant, knock: Knock, app: Flask
) -> None:
    gate: Gatekeeper = app.extensions["andon.gatekeeper"]
    item = {"sensor": "nowhere", "at": NOW.isoformat(), "value": 1}
    first = knock(plant.token, {"readings": [item]})
    before = ada.get("/gateways").text
    for _ in range(2):
        knock(plant.token, {"readings": [item]})
    gate._told_at = float("-inf")  # noqa: SLF001 (ten seconds later)
    knock(plant.token, {"readings": [item | {"no\0field": 1}]})
    after = " ".join(re.sub(r"<[^>]+>", "", ada.get("/gateways").text).split())

    assert first == 422
    assert "no sensor of this plant is called" in before
    assert "4 batches refused" in after
    assert "unknown field `no?field`" in after


def test_batches_write_nothing_of_their_gateway_but_now_and_then(
    plant: Plant, knock: Knock, queries: list[str]
) -> None:
    knock(plant.token, {"readings": "none"})
    queries.clear()
    for _ in range(5):
        knock(plant.token, {"readings": "none"})

    assert not [query for query in queries if query.startswith("UPDATE gateway")]


def test_what_could_not_be_written_is_counted_again(parts: Parts, plant: Plant) -> None:
    clock = [0.0]
    gate = Gatekeeper(lambda: clock[0])
    gate.refused(1, "first", now=NOW)
    taken = gate.take_refused()
    gate.refused(1, "second", now=NOW + timedelta(seconds=1))
    gate.give_back(taken)
    too_early = gate.take_refused()
    clock[0] = 11.0
    with parts.database.transaction() as session:
        note_refused(session, gate.take_refused())
        row = session.get_one(Gateway, 1)

    assert too_early == {}
    assert (row.refused_batches, row.refused_why) == (2, "second")


def test_an_administrator_sees_who_sends(
    ada: FlaskClient, parts: Parts, plant: Plant, knock: Knock
) -> None:
    before = ada.get("/gateways").text
    knock(plant.token)
    sending = ada.get("/gateways").text
    change(parts, "UPDATE gateway SET last_seen_at = now() - interval '2 hours'")

    assert "Not yet heard" in before
    assert "Sending" in sending
    assert "Silent" in ada.get("/gateways").text


@pytest.mark.parametrize("path", ["/gateways", "/gateways/1/token", "/gateways/1/revocation"])
def test_only_administrators_who_gave_their_password_do(browser: Browser, path: str) -> None:
    otto, ada = browser("otto"), browser("ada")

    assert post(otto, path, name="x", plant="north").status_code == 403
    assert post(ada, path, name="x", plant="north").location.startswith("/account/confirmation")
    assert otto.get("/gateways").status_code == 403


def test_a_gateway_that_is_not_there(ada: FlaskClient) -> None:
    for number in (99, 2**31, 2**70):
        assert post(ada, f"/gateways/{number}/token").status_code == 404
        assert post(ada, f"/gateways/{number}/revocation").status_code == 404
