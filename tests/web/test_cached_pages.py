"""What pages keep, what they ask PostgreSQL all the same, and what they never show."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial

import psycopg2
import pytest
from flask.testing import FlaskClient
from redis.connection import AbstractConnection
from sqlalchemy import text, update

from app.config import Config
from app.factory import create_app
from app.models import Line
from app.parts import Parts, build_parts
from tests.builders import Plant, csrf_token, sign_in
from tests.web.browsers import KEPT, kept

PLAN = re.compile(r"\b(?:FROM|JOIN) (?:plant|line|station|sensor|shift|call)\b", re.IGNORECASE)


Look = Callable[[str], str]


@pytest.fixture
def look(client: FlaskClient, plant: Plant) -> Look:
    """Asks for a page as Otto until all it keeps is kept; gives the last one's text."""
    sign_in(client, "otto")
    return partial(kept, client)


@pytest.mark.parametrize("path", ["/", "/board.json", "/lines/press", "/lines/press/now.json"])
def test_a_second_look_asks_postgresql_nothing_of_the_plan(
    client: FlaskClient, queries: list[str], look: Look, path: str
) -> None:
    look(path)
    queries.clear()
    client.get(path)

    assert queries
    assert not [query for query in queries if PLAN.search(query) and "sensor_status" not in query]


def test_the_board_costs_one_statement_however_many_lines(
    client: FlaskClient, queries: list[str], look: Look
) -> None:
    look("/")
    queries.clear()
    client.get("/")

    assert len(queries) == 1  # what was heard of the lines


def test_sparklines_are_asked_once_in_ten_seconds(
    client: FlaskClient, queries: list[str], look: Look
) -> None:
    look("/lines/press")
    queries.clear()
    for _ in range(3):
        client.get("/lines/press")

    # One, if the clock has just gone on to the next ten seconds.
    assert len([query for query in queries if "AS mean FROM reading" in query]) <= 1


@pytest.mark.parametrize("path", ["/board.json", "/lines/press/now.json", "/lines/press"])
def test_a_call_is_on_the_next_page_and_off_the_one_after_it_was_resolved(
    client: FlaskClient, look: Look, path: str
) -> None:
    token = csrf_token(client, "/lines/press")

    def post(place: str, **form: str) -> None:
        client.post(place, data={"csrf_token": token, **form})

    seen = []
    for number in range(1, 4):
        look(path)
        post("/lines/press/calls", station="s1", reason="quality")
        seen.append(shows_open_call(client.get(path).text, number))
        look(path)
        post(f"/calls/{number}/resolution")
        seen.append(shows_open_call(client.get(path).text, number))

    assert seen == [True, False] * 3


def shows_open_call(page: str, number: int) -> bool:
    return f'"id":{number},' in page or f"/calls/{number}/resolution" in page


def test_a_new_name_is_on_the_next_page(client: FlaskClient, parts: Parts, look: Look) -> None:
    for path in ("/", "/lines/press"):
        look(path)
    with parts.database.transaction() as session:
        session.execute(update(Line).where(Line.slug == "press").values(name="Great Press"))

    assert "Great Press" in client.get("/").text
    assert "Great Press" in client.get("/lines/press").text


def test_a_line_that_came_to_be_is_found(client: FlaskClient, parts: Parts, look: Look) -> None:
    look("/")
    absent = [client.get("/lines/paint").status_code for _ in range(3)]
    with parts.database.transaction() as session:
        session.add(Line(plant_id=1, slug="paint", name="Paint", position=3, target_per_hour=1))

    assert (absent, client.get("/lines/paint").status_code) == ([404] * 3, 200)


def test_what_a_console_wrote_is_shown_once_it_is_paid(
    client: FlaskClient, config: Config, parts: Parts, look: Look
) -> None:
    look("/")
    with closing(psycopg2.connect(config.database_url)) as console, console.cursor() as cursor:
        cursor.execute("UPDATE line SET name = 'By hand' WHERE slug = 'press'")
        console.commit()
    paid = parts.cache.pay()

    assert paid == 2
    assert "By hand" in client.get("/").text


def test_what_the_machines_say_expels_nothing(
    client: FlaskClient, parts: Parts, plant: Plant, look: Look
) -> None:
    look("/lines/press")
    with parts.database.transaction() as session:
        session.execute(
            text("INSERT INTO sensor_status VALUES (:sensor, now(), 95.0)"),
            {"sensor": plant.sensors["press-s1-temperature"]},
        )
    page = client.get("/lines/press")

    assert page.headers["X-Cache"] in KEPT
    assert "▲ Too high" in page.text


def test_without_the_query_cache_pages_come_from_the_database_and_calls_are_owed(
    config: Config, parts: Parts, plant: Plant
) -> None:
    alone = build_parts(replace(config, query_cache_url="valkey://127.0.0.1:1/0"))
    client = create_app(config, alone).test_client()
    sign_in(client, "otto")
    token = csrf_token(client, "/lines/press")
    call = {"csrf_token": token, "station": "s1", "reason": "quality"}
    raised = client.post("/lines/press/calls", data=call)
    page = client.get("/board.json")
    with alone.database.engine.begin() as connection:
        owed = set(connection.execute(text("DELETE FROM cache_debt RETURNING tag")).scalars())
    alone.database.engine.dispose()

    assert (raised.status_code, page.headers["X-Cache"]) == (303, "bypass")
    assert shows_open_call(page.text, 1)
    assert {"call", "call:1", f"call:line_id={plant.lines['press']}"} <= owed


def test_an_answer_that_asked_no_cached_query_says_nothing_of_the_cache(
    client: FlaskClient, plant: Plant
) -> None:
    for path in ("/healthz", "/sign-in", "/nowhere"):
        assert "X-Cache" not in client.get(path).headers


def test_every_answer_says_how_long_the_database_took(
    client: FlaskClient, plant: Plant, look: Look
) -> None:
    timed = [client.get(path).headers["Server-Timing"] for path in ("/", "/healthz", "/nowhere")]
    database = [float(re.search(r"\bdb;dur=([0-9.]+)", timing)[1]) for timing in timed]  # type: ignore[index]

    assert database[0] > 0
    assert database[1:] == [0, 0]


def test_the_worst_of_a_pages_answers_is_told(
    client: FlaskClient, parts: Parts, look: Look
) -> None:
    look("/")
    with parts.database.transaction() as session:
        session.execute(update(Line).where(Line.slug == "press").values(name="Great Press"))

    told = [client.get("/").headers["X-Cache"] for _ in range(3)]

    assert told[0] == "fill"
    assert set(told[1:]) <= set(KEPT)


def test_a_board_at_hand_costs_one_round_trip(
    client: FlaskClient, look: Look, queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session's: it proves who asks, and all that the page is made of."""
    look("/")
    look("/")
    sent = []
    send = AbstractConnection.send_packed_command

    def noted(connection: AbstractConnection, command: object, **options: bool) -> None:
        sent.append(command)
        send(connection, command, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(AbstractConnection, "send_packed_command", noted)
    queries.clear()
    page = client.get("/")

    assert (page.status_code, page.headers["X-Cache"]) == (200, "near")
    assert len(sent) == 1
    assert not [query for query in queries if "sign_in" in query or PLAN.search(query)]
