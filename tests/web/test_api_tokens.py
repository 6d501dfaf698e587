"""Programs that come with a token: what it opens, for how long, and who hears of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.accounts import BadToken, make_token
from app.factory import create_app
from app.models import ApiToken, Audit, Line
from app.models import Plant as PlantRow
from app.parts import Parts
from tests.builders import PASSWORD, Plant, post
from tests.web.browsers import Browser, change
from tests.web.test_openapi import GOOD

EVERYTHING = ("read", "calls", "lines")
FOR_GATEWAYS = ("POST /api/v1/readings", "POST /api/v1/output")
Program = Callable[..., TestResponse]


@pytest.fixture
def token(parts: Parts, plant: Plant) -> Callable[..., str]:
    """Makes a token of Ada's for everything, or as it is said."""

    def made(who: str = "ada", *, scopes: tuple[str, ...] = EVERYTHING, **more: str) -> str:
        with parts.database.transaction() as session:
            return make_token(
                session,
                name="Robot",
                scopes=scopes,
                days=1,
                by=plant.people[who],
                now=datetime.now(UTC),
                **more,
            )[0]

    return made


@pytest.fixture
def ask(app: Flask) -> Program:
    """Asks as a program does: with a token, and no cookies."""

    def asked(token: str, path: str = "/api/v1/lines", method: str = "GET", **more: Any) -> Any:  # noqa: ANN401 (a request's)
        headers = {"Authorization": f"Bearer {token}"}
        return app.test_client().open(path, method=method, headers=headers, **more)

    return asked


def rename(ask: Program, token: str) -> int:
    return ask(token, "/api/v1/lines/press", "PATCH", json={"target_per_hour": 7}).status_code


def pull(ask: Program, token: str) -> int:
    return ask(
        token, "/api/v1/lines/press/calls", "POST", json={"station": "s1", "type": "help"}
    ).status_code


def kept(session: Session) -> ApiToken:
    return session.scalars(select(ApiToken)).one()


def test_a_token_opens_what_it_is_for_and_needs_no_csrf(
    ask: Program, token: Callable[..., str]
) -> None:
    everything = token()

    assert ask(everything).get_json()["plant"] == "north"
    assert (pull(ask, everything), rename(ask, everything)) == (201, 200)


def test_a_token_opens_nothing_that_it_is_not_for(ask: Program, token: Callable[..., str]) -> None:
    reading, calling = token(scopes=("read",)), token(scopes=("calls",))

    assert (ask(reading).status_code, pull(ask, reading), rename(ask, reading)) == (200, 403, 403)
    assert (ask(calling).status_code, pull(ask, calling), rename(ask, calling)) == (403, 201, 403)
    assert ask(reading, "/api/v1/readings", "POST", json={"readings": []}).status_code == 401


def test_a_token_opens_no_page(ask: Program, token: Callable[..., str]) -> None:
    everything = token()

    for page in ("/", "/board.json", "/account/tokens", "/people", "/lines/press/now.json"):
        assert ask(everything, page).status_code in (302, 401), page


def test_a_token_that_is_refused_is_not_helped_by_a_cookie(
    browser: Browser, token: Callable[..., str]
) -> None:
    answer = browser("ada").get("/api/v1/lines", headers={"Authorization": "Bearer andon_1.no"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="andon"'


def test_words_that_are_no_token_are_refused(
    ask: Program, token: Callable[..., str], plant: Plant
) -> None:
    right = token()
    number, _, secret = right.partition(".")
    wrong = [
        *("", ".", "andon_.", "andon_1.", f"andon_2.{secret}", f"andon_0.{secret}", plant.token),
        *(f"andon_{'9' * 400}.{secret}", f"{number[6:]}.{secret}", f"andon_²1.{secret}"),
        *(f"{number}.{secret[:-1]}", f"{right}x", f"{number}.", f"andon_-1.{secret}"),
    ]

    assert [ask(each).status_code for each in wrong] == [401] * len(wrong)
    assert ask(right).status_code == 200


def test_a_revoked_token_opens_nothing_on_any_instance_from_then_on(
    app: Flask, parts: Parts, ask: Program, token: Callable[..., str]
) -> None:
    right = token()
    other = create_app(parts.config, parts).test_client()
    headers = {"Authorization": f"Bearer {right}"}
    before = [ask(right).status_code, other.get("/api/v1/lines", headers=headers).status_code]
    # As from a console: nobody tells the cache.
    change(parts, "UPDATE api_token SET revoked_at = now()")

    assert before == [200, 200]
    assert ask(right).status_code == 401
    assert other.get("/api/v1/lines", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE api_token SET made_at = now() - interval '2 days', expires_at = now()",
        "UPDATE operator SET active = false WHERE username = 'ada'",
    ],
    ids=["its time is over", "its maker's account is closed"],
)
def test_a_token_ends_with(
    parts: Parts, ask: Program, token: Callable[..., str], ending: str
) -> None:
    right = token()
    change(parts, ending)

    assert ask(right).status_code == 401


def test_a_token_may_do_no_more_than_its_maker_may_by_now(
    parts: Parts, ask: Program, token: Callable[..., str]
) -> None:
    everything = token()
    change(parts, "UPDATE operator SET role = 'operator' WHERE username = 'ada'")

    assert (pull(ask, everything), rename(ask, everything)) == (201, 403)


def test_nobody_makes_a_token_for_what_they_may_not(token: Callable[..., str]) -> None:
    for who, scopes in (("vera", ("calls",)), ("otto", ("lines",)), ("ada", ()), ("ada", ("all",))):
        with pytest.raises(BadToken):
            token(who, scopes=scopes)


def test_a_token_for_one_plant_finds_nothing_of_another(
    parts: Parts, ask: Program, token: Callable[..., str]
) -> None:
    with parts.database.transaction() as session:
        south = PlantRow(slug="south", name="South", time_zone="Europe/Berlin")
        session.add(south)
        session.flush()
        session.add(Line(plant_id=south.id, slug="saw", name="Saw", position=0, target_per_hour=60))
    bound = token(plant="south")
    asked = {
        request: ask(bound, *reversed(request.split()), **more).status_code
        for request, more in GOOD.items()
        if request not in FOR_GATEWAYS and not request.endswith("openapi.json")
    }

    # Every route of the API: one that forgets to look shows here.
    assert asked.pop("GET /api/v1/leaderboards/operators") == 200  # its own plant's, by default
    assert set(asked.values()) == {404}
    assert ask(bound).get_json()["plant"] == "south"
    assert ask(bound, "/api/v1/lines/saw").status_code == 200
    assert ask(bound, "/api/v1/leaderboards/lines?plant=north").status_code == 404


def test_its_use_is_noted_once_an_hour(
    parts: Parts, ask: Program, token: Callable[..., str]
) -> None:
    right, noted = token(), []
    for _ in range(2):
        ask(right)
        with parts.database.transaction() as session:
            noted.append(kept(session).used_at)
    change(parts, "UPDATE api_token SET used_at = used_at - interval '1 hour'")
    ask(right)
    with parts.database.transaction() as session:
        later = kept(session).used_at

    assert noted[0] is not None
    assert noted[0] == noted[1]
    assert later is not None
    assert later > noted[0]


@pytest.fixture
def otto(browser: Browser) -> FlaskClient:
    """Otto, who gave his password again."""
    client = browser("otto")
    assert post(client, "/account/confirmation", password=PASSWORD).status_code == 303
    return client


def make(client: FlaskClient, **but: str) -> TestResponse:
    form = {"name": "Dashboard", "scope": "read", "days": "90", "plant": ""} | but
    return post(client, "/account/tokens", on="/account/tokens", **form)


def test_a_token_is_shown_once_and_kept_as_a_digest(
    parts: Parts, otto: FlaskClient, ask: Program
) -> None:
    made = make(otto)
    found = re.search(r"andon_1\.[\w-]{43}", made.text)
    with parts.database.transaction() as session:
        row = str(session.execute(text("SELECT row_to_json(api_token) FROM api_token")).all())
        noted = session.scalars(select(Audit).where(Audit.action == "token.made")).one()

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert found
    assert ask(found[0]).status_code == 200
    secret = found[0].partition(".")[2]
    assert secret not in otto.get("/account/tokens").text + row + str(noted.facts)
    assert noted.facts == {"name": "Dashboard", "scopes": ["read"]}


def test_making_one_asks_for_the_password(browser: Browser) -> None:
    answer = make(browser("otto"))

    assert answer.headers["Location"].startswith("/account/confirmation")


def test_what_no_token_may_have_is_refused(otto: FlaskClient) -> None:
    wrong = [{"name": " "}, {"name": "x" * 81}, {"scope": "lines"}, {"days": "1000"}, {"days": ""}]

    assert [make(otto, **each).status_code for each in wrong] == [422] * len(wrong)
    assert make(otto, plant="west").status_code == 404


def test_everybody_sees_and_revokes_their_own_and_an_administrator_all(
    browser: Browser, otto: FlaskClient, ask: Program
) -> None:
    made = make(otto)
    found = re.search(r"andon_1\.[\w-]{43}", made.text)
    vera, ada = browser("vera"), browser("ada")
    assert found
    shown = ada.get("/account/tokens").text
    by_vera = post(vera, "/account/tokens/1/revocation", on="/account/tokens")
    still = ask(found[0]).status_code
    by_ada = post(ada, "/account/tokens/1/revocation", on="/account/tokens")
    again = post(ada, "/account/tokens/1/revocation", on="/account/tokens")

    assert "Dashboard" in shown
    assert "Dashboard" not in vera.get("/account/tokens").text
    assert (by_vera.status_code, still) == (404, 200)
    assert (by_ada.status_code, ask(found[0]).status_code) == (303, 401)
    assert again.status_code == 404


def test_one_has_no_more_than_fifty(parts: Parts, plant: Plant, token: Callable[..., str]) -> None:
    for _ in range(50):
        token("vera", scopes=("read",))
    with pytest.raises(BadToken):
        token("vera", scopes=("read",))
    change(parts, "UPDATE api_token SET revoked_at = now() WHERE id = 1")

    assert token("vera", scopes=("read",))
