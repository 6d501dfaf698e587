"""Leaderboards over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from tests.builders import Plant, sign_in
from tests.leaderboards import floor
from tests.leaderboards.floor import piece, store, tell
from tests.web.browsers import walked

API = "/api/v1/leaderboards"
SENSELESS = {
    "window=month": ["window"],
    "window=": ["window"],
    "limit=101": ["limit"],
    "limit=-1": ["limit"],
    "limit=ten": ["limit"],
    "limit=%D9%A3": ["limit"],  # a digit, and none of ours
    f"limit={'9' * 5000}": ["limit"],
    "offset=10000001": ["offset"],
    "around=": ["around"],
    f"around={'x' * 41}": ["around"],
    "limit=x&offset=y&window=z": ["window", "limit", "offset"],
}


@pytest.fixture
def made(parts: Parts, plant: Plant) -> None:
    """Ada made most, Vera and Otto as many as each other."""
    floor.give_teams(parts)
    store(
        parts,
        plant,
        piece("weld", "ada", 1200),
        piece("press", "otto", 40),
        piece("press", "vera", 40),
    )
    tell(parts)


@pytest.fixture
def otto(client: FlaskClient, plant: Plant) -> FlaskClient:
    sign_in(client, "otto")
    return client


def got(client: FlaskClient, path: str) -> Any:  # noqa: ANN401 (JSON)
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_people_stand_in_their_places(otto: FlaskClient, made: None) -> None:
    boards = [got(otto, f"operators?window={it}") for it in ("shift", "day", "week", "all")]
    facts = [(board["plant"], board["window"], board["count"]) for board in boards]

    assert facts == [("north", window, 3) for window in ("shift", "day", "week", "all")]
    for board in boards:
        assert [(row["rank"], row["name"], row["score"]) for row in board["rows"]] == [
            (1, "Ada", 1200),
            (2, "Otto", 40),
            (2, "Vera", 40),
        ]


def test_lines_and_teams_have_boards_of_their_own(otto: FlaskClient, made: None) -> None:
    lines, teams = got(otto, "lines?window=all"), got(otto, "teams?window=all")

    assert [row["member"] for row in lines["rows"]] == ["weld", "press"]
    assert [(row["name"], row["score"]) for row in teams["rows"]] == [
        ("Team B", 1240),
        ("Team A", 40),
    ]


def test_a_window_says_when_it_ends(otto: FlaskClient, made: None) -> None:
    day, ever = got(otto, "lines?window=day"), got(otto, "lines?window=all")
    starts, ends = (datetime.fromisoformat(day[name]) for name in ("starts_at", "ends_at"))

    assert starts <= datetime.now(UTC) < ends
    assert (ever["starts_at"], ever["ends_at"]) == (None, None)


def test_a_page_goes_on_where_the_last_one_ended(otto: FlaskClient, made: None) -> None:
    second = got(otto, "operators?window=all&limit=1&offset=2")

    assert [(row["rank"], row["name"]) for row in second["rows"]] == [(2, "Vera")]
    assert (second["count"], second["limit"], second["offset"]) == (3, 1, 2)


def test_around_me_is_where_i_stand(otto: FlaskClient, made: None, plant: Plant) -> None:
    mine = got(otto, "operators?window=all&limit=0&around=me")
    same = got(otto, f"operators?window=all&limit=0&around={plant.people['otto']}")
    team = got(otto, "teams?window=all&around=me")

    assert mine["around"] == same["around"]
    assert mine["rows"] == []
    assert mine["around"]["own"]["rank"] == 2
    assert mine["around"]["percentile"] == 0
    assert [row["name"] for row in mine["around"]["rows"]] == ["Ada", "Otto", "Vera"]
    assert team["around"]["own"]["name"] == "Team B"
    assert team["around"]["percentile"] == 100


def test_whoever_is_not_on_the_board_has_nobody_around(otto: FlaskClient, made: None) -> None:
    assert got(otto, "operators?window=all&around=999")["around"] is None


def test_nobody_is_a_team_of_another_plant(otto: FlaskClient, made: None, parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(text("INSERT INTO plant VALUES (2, 'south', 'South', 'UTC')"))
        session.execute(
            text("INSERT INTO leaderboard (plant_id, board, window_key) VALUES (2, 'teams', 'all')")
        )
        session.execute(
            text(
                "INSERT INTO leaderboard_total"
                " SELECT id, 'Team B', 7, 1 FROM leaderboard WHERE plant_id = 2"
            )
        )
    south = got(otto, "teams?window=all&plant=south&around=me")
    page = otto.get("/leaderboards/teams?window=all&plant=south")

    assert [row["name"] for row in south["rows"]] == ["Team B"]
    assert south["around"] is None
    assert "your team" not in page.text.lower()


def test_each_answer_says_from_where_and_of_when_it_is(
    otto: FlaskClient, made: None, parts: Parts
) -> None:
    before = got(otto, "operators?window=all")
    parts.redis.delete(*parts.redis.scan_iter("ranking:*"))
    after = got(otto, "operators?window=all")
    page = otto.get("/leaderboards/operators?window=all").text

    assert (before["source"], after["source"]) == ("cache", "database")
    assert before["rows"] == after["rows"]
    assert before["as_of"] < after["as_of"]
    assert "from the database" in page


def test_who_has_the_answer_already_gets_a_304(
    otto: FlaskClient, made: None, parts: Parts, plant: Plant
) -> None:
    path = f"{API}/operators?window=all"
    tag = otto.get(path).headers["ETag"]
    tell(parts)  # later, and nobody moved
    same = otto.get(path, headers={"If-None-Match": tag})
    store(parts, plant, piece("press", "otto", 1))
    tell(parts)
    other = otto.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, other.status_code) == (304, 200)


def test_what_makes_no_sense_is_named(otto: FlaskClient, made: None) -> None:
    answers = {query: otto.get(f"{API}/operators?{query}") for query in SENSELESS}
    named = {
        query: [error["field"] for error in answer.get_json()["errors"]]
        for query, answer in answers.items()
    }

    assert named == SENSELESS
    assert {answer.status_code for answer in answers.values()} == {422}
    assert {it.content_type for it in answers.values()} == {"application/problem+json"}


def test_nobody_is_a_line(otto: FlaskClient, made: None) -> None:
    assert otto.get(f"{API}/lines?around=me").status_code == 422


def test_a_board_or_plant_that_is_not_there_is_not_found(otto: FlaskClient) -> None:
    paths = (f"{API}/gods", "/leaderboards/gods", f"{API}/lines?plant=moon")

    assert [otto.get(path).status_code for path in paths] == [404] * 3


def test_a_page_of_no_window_is_refused(otto: FlaskClient) -> None:
    assert otto.get("/leaderboards/lines?window=month").status_code == 400


def test_a_stranger_and_a_gateway_read_nothing(client: FlaskClient, plant: Plant) -> None:
    bearer = {"Authorization": f"Bearer {plant.token}"}
    answers = [client.get(f"{API}/lines"), client.get(f"{API}/lines", headers=bearer)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert {answer.content_type for answer in answers} == {"application/problem+json"}
    assert client.get("/leaderboards/lines").status_code == 302


def test_the_page_shows_the_places_and_ones_own(otto: FlaskClient, made: None) -> None:
    page = otto.get("/leaderboards/operators?window=day").text

    assert page.index("Ada") < page.index("1,200") < page.index("Vera")
    assert "You have place <b>2</b> of 3, ahead of 0% of the others." in page
    assert 'class="rank podium podium-2 own"' in page
    assert page.count("podium-2") == 2


def test_who_is_far_down_sees_who_is_around(
    otto: FlaskClient, made: None, parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO leaderboard_total SELECT id, CAST(1000 + n AS text), 100 + n, version"
                " FROM leaderboard, generate_series(1, 30) AS n"
                " WHERE board = 'operators' AND window_key = 'all'"
            )
        )
    parts.redis.delete(*parts.redis.scan_iter("ranking:*"))
    tell(parts)
    page = otto.get("/leaderboards/operators?window=all").text

    assert "Around you" in page
    assert "You have place <b>32</b> of 33" in page
    assert "the first 20 are shown" in page


def test_an_empty_board_says_so(otto: FlaskClient) -> None:
    assert "Nobody has made a good piece" in otto.get("/leaderboards/teams").text


def test_without_a_shift_there_is_a_board_all_the_same(otto: FlaskClient, parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift"))
    page, board = otto.get("/leaderboards/teams"), got(otto, "teams")

    assert "No shift is planned" in page.text
    assert (board["starts_at"], board["rows"]) == (None, [])


def test_names_are_escaped_and_new_ones_shown(otto: FlaskClient, made: None, parts: Parts) -> None:
    otto.get("/leaderboards/operators?window=all")
    with parts.database.transaction() as session:
        session.execute(text("UPDATE operator SET name = '<b>Ada</b>' WHERE username = 'ada'"))
    page = otto.get("/leaderboards/operators?window=all").text

    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<b>Ada</b>" not in page


def test_a_board_at_hand_asks_postgresql_nothing(
    otto: FlaskClient, made: None, queries: list[str]
) -> None:
    for _ in range(50):
        queries.clear()
        answer = otto.get(f"{API}/operators?window=week&around=me")
        if not queries:
            break

    assert answer.get_json()["source"] == "cache"
    assert queries == []


def test_a_board_leads_from_place_to_place(otto: FlaskClient, made: None) -> None:
    parts = walked(otto, f"{API}/operators", window="all", limit=2)
    whole = got(otto, "operators?window=all")

    assert [len(part["rows"]) for part in parts] == [2, 1]
    assert [row for part in parts for row in part["rows"]] == whole["rows"]
