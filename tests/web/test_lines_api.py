"""Lines for programs: what is read, what a supervisor may change, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.parts import Parts
from app.streams.announcer import channel_keys
from tests.builders import Plant, csrf_token
from tests.web.browsers import Browser

API = "/api/v1/lines"
SENSOR = "press-s1-temperature"
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)

# A query, and what is wrong with it; None stands for what is left out.
SENSELESS: list[tuple[dict[str, object], list[str]]] = [
    ({"sensor": None}, ["sensor"]),
    ({"sensor": None, "since": "yesterday", "step": "often"}, ["sensor", "since", "step"]),
    ({"since": "2026-01-01T00:00:00"}, ["since"]),
    ({"until": "1999-12-31T23:59:59Z"}, ["until"]),
    ({"until": "9999-12-31T23:59:59-14:00"}, ["until"]),
    ({"since": "0001-01-01T00:00:00+14:00"}, ["since"]),
    ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, ["since", "until"]),
    ({"since": "2001-01-01T00:00:00Z", "until": "2035-01-01T00:00:00Z"}, ["since", "until"]),
    ({"step": 0}, ["step"]),
    ({"step": "9" * 5000}, ["step"]),
    ({"limit": 1501}, ["limit"]),
    ({"step": 5400}, ["step"]),
]
REFUSED: list[object] = [
    {},
    [],
    {"name": ""},
    {"name": " Press"},
    {"name": "Press\n"},
    {"name": "Pr\0ess"},
    {"name": "x" * 81},
    {"name": None},
    {"target_per_hour": -1},
    {"target_per_hour": 1.5},
    {"target_per_hour": 10**30},
    {"name": "Other", "target_per_hour": -1},
    {"name": "Other", "slug": "other"},
]


@pytest.fixture
def vera(browser: Browser) -> FlaskClient:
    return browser("vera")


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    return browser("ada")


@pytest.fixture
def heated(parts: Parts, plant: Plant) -> None:
    """A reading each ten seconds of an hour, of which one is a spike."""
    rows = [
        {"sensor": plant.sensors[SENSOR], "at": START + timedelta(seconds=10 * n), "value": 20.0}
        for n in range(360)
    ]
    rows[100]["value"] = 95.0
    with parts.database.transaction() as session:
        session.execute(text("INSERT INTO reading VALUES (:sensor, :at, :value)"), rows)
        session.execute(
            text("INSERT INTO sensor_status VALUES (:sensor, :at, :value)"),
            {"sensor": plant.sensors[SENSOR], "at": START, "value": 95.0},
        )


def patch(client: FlaskClient, body: object, *, line: str = "press", **but: Any) -> TestResponse:  # noqa: ANN401 (a request's)
    headers = {"X-CSRF-Token": csrf_token(client, "/account/password")} | but.pop("headers", {})
    return client.patch(f"{API}/{line}", json=body, headers=headers, **but)


def measured(client: FlaskClient, **query: object) -> TestResponse:
    asked = {
        name: value for name, value in ({"sensor": SENSOR} | query).items() if value is not None
    }
    return client.get(f"{API}/press/readings", query_string=asked)


def hour() -> dict[str, str]:
    return {"since": START.isoformat(), "until": (START + timedelta(minutes=59)).isoformat()}


def test_lines_come_in_the_order_they_stand_with_their_targets(vera: FlaskClient) -> None:
    answer = vera.get(API).get_json()

    assert answer["plant"] == "north"
    assert [(line["line"], line["name"]) for line in answer["lines"]] == [
        ("press", "Press"),
        ("weld", "Weld"),
    ]
    assert {line["target_per_hour"] for line in answer["lines"]} == {360}


def test_a_line_tells_its_stations_and_what_their_sensors_say(
    vera: FlaskClient, heated: None
) -> None:
    line = vera.get(f"{API}/press").get_json()
    sensors = {sensor["slug"]: sensor for sensor in line["stations"][0]["sensors"]}

    assert line["name"] == "Press"
    assert [station["slug"] for station in line["stations"]] == ["s1"]
    assert (sensors[SENSOR]["value"], sensors[SENSOR]["breach"]) == (95.0, "high")
    assert "id" not in sensors[SENSOR]


def test_a_spike_of_an_hour_is_in_its_step(vera: FlaskClient, heated: None) -> None:
    answer = measured(vera, step=600, **hour()).get_json()

    assert [point["greatest"] for point in answer["points"]] == [20, 95, 20, 20, 20, 20]
    assert answer["points"][1]["mean"] == pytest.approx(20 + 75 / 60)
    assert {point["least"] for point in answer["points"]} == {20.0}
    assert datetime.fromisoformat(answer["points"][1]["at"]) == START + timedelta(minutes=10)
    assert (answer["unit"], answer["low"], answer["high"], answer["step_seconds"]) == (
        "°C",
        10.0,
        90.0,
        600,
    )


def test_a_day_without_a_step_is_as_many_points_as_a_chart_shows(
    vera: FlaskClient, heated: None
) -> None:
    answer = measured(vera).get_json()

    assert answer["step_seconds"] == 144
    assert max(point["greatest"] for point in answer["points"]) == 95.0


def test_a_year_without_a_step_is_in_whole_hours(vera: FlaskClient, heated: None) -> None:
    since = START - timedelta(days=365)
    answer = measured(vera, since=since.isoformat()).get_json()

    assert answer["step_seconds"] == 15 * 3600
    assert [point["greatest"] for point in answer["points"]] == [95.0]


@pytest.mark.parametrize("path", [API, f"{API}/press", f"{API}/press/readings"])
def test_who_has_the_answer_already_gets_a_304(
    vera: FlaskClient, heated: None, parts: Parts, path: str
) -> None:
    query = {"sensor": SENSOR} | hour()
    # The target moves with time: by one every ten seconds.
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift"))
    tag = vera.get(path, query_string=query).headers["ETag"]
    same = vera.get(path, query_string=query, headers={"If-None-Match": tag})
    with parts.database.transaction() as session:
        session.execute(text("UPDATE line SET name = 'Great Press' WHERE slug = 'press'"))
        session.execute(text("UPDATE sensor SET unit = 'K'"))
    other = vera.get(path, query_string=query, headers={"If-None-Match": tag})

    assert (same.status_code, other.status_code) == (304, 200)


def test_what_makes_no_sense_is_named(vera: FlaskClient) -> None:
    for query, named in SENSELESS:
        answer = measured(vera, **query)

        assert answer.status_code == 422, query
        assert answer.content_type == "application/problem+json"
        assert [error["field"] for error in answer.get_json()["errors"]] == named


def test_what_is_not_there_is_not_found(vera: FlaskClient) -> None:
    answers = [
        vera.get(f"{API}?plant=nowhere"),
        vera.get(f"{API}/nowhere"),
        vera.get(f"{API}/nowhere/readings?sensor={SENSOR}"),
        vera.get(f"{API}/press/readings?sensor=weld-s1-temperature"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.content_type for answer in answers} == {"application/problem+json"}


def test_another_name_and_target_are_on_every_page_at_once(
    ada: FlaskClient, parts: Parts, plant: Plant
) -> None:
    for _ in range(3):
        before = ada.get(API).get_json()["lines"][0]
    changed = patch(ada, {"name": "Great Press", "target_per_hour": 400})
    after = [ada.get(API).get_json()["lines"][0], ada.get(f"{API}/press").get_json()]

    assert changed.status_code == 200
    assert (before["name"], before["target_per_hour"]) == ("Press", 360)
    assert [(line["name"], line["target_per_hour"]) for line in (changed.get_json(), *after)] == [
        ("Great Press", 400)
    ] * 3
    assert "Great Press" in ada.get("/").text


def test_a_change_is_told_to_the_live_pages(ada: FlaskClient, parts: Parts) -> None:
    patch(ada, {"name": "Great Press"})
    said = [
        [
            msgspec.json.decode(entry[b"said"])
            for _, entry in parts.redis.xrange(channel_keys(channel)[1])
        ]
        for channel in ("board:north", "line:press")
    ]

    assert ["Great Press" in str(each) for each in said] == [True, True]


def test_a_change_is_on_record_with_what_was_before(
    ada: FlaskClient, parts: Parts, plant: Plant
) -> None:
    patch(ada, {"target_per_hour": 400, "name": "Press"}, environ_overrides={"REMOTE_ADDR": "::7"})
    patch(ada, {"target_per_hour": 400})
    with parts.database.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT actor_id, address, action, subject_kind, subject_id, facts FROM audit")
        ).all()

    assert [tuple(row) for row in rows] == [
        (
            plant.people["ada"],
            "::7",
            "line.changed",
            "line",
            "press",
            {"target_per_hour": {"from": 360, "to": 400}},
        )
    ]


def test_a_change_that_makes_no_sense_is_refused_whole(ada: FlaskClient) -> None:
    for body in REFUSED:
        answer = patch(ada, body)

        assert answer.status_code == 422, body
        assert answer.content_type == "application/problem+json"
    assert ada.get(f"{API}/press").get_json()["name"] == "Press"


def test_a_body_that_cannot_be_read_is_a_bad_request(ada: FlaskClient) -> None:
    headers = {"X-CSRF-Token": csrf_token(ada, "/account/password")}
    bodies = [b"", b"{", b'{"name":"\xff"}', b'{"name":"\\ud800"}']
    answers = [
        ada.patch(f"{API}/press", data=body, content_type="application/json", headers=headers)
        for body in bodies
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert {answer.get_json()["type"] for answer in answers} == {"urn:andon:problem:malformed"}


def test_another_site_cannot_change_a_line(ada: FlaskClient) -> None:
    token = {"X-CSRF-Token": csrf_token(ada, "/account/password")}
    path, body = f"{API}/press", {"target_per_hour": 1}
    spelled = '{"target_per_hour": 1}'
    answers = [
        ada.patch(path, json=body),
        ada.patch(path, json=body, headers={"X-CSRF-Token": "wrong"}),
        ada.patch(path, json=body, headers=token | {"Sec-Fetch-Site": "cross-site"}),
        ada.patch(path, json=body, headers=token | {"Origin": "https://evil.example"}),
        ada.patch(path, data=spelled, content_type="text/plain", headers=token),
        ada.post(path, data=spelled, content_type="text/plain"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 415, 405]
    assert ada.get(path).get_json()["target_per_hour"] == 360


def test_only_supervisors_change_and_only_people_read(browser: Browser, plant: Plant) -> None:
    stranger, otto = browser(), browser("otto")
    gateway = {"Authorization": f"Bearer {plant.token}"}
    answers = [
        stranger.get(API),
        stranger.get(API, headers=gateway),
        patch(otto, {"target_per_hour": 1}),
        patch(browser("ada"), {"target_per_hour": 1}, line="nowhere"),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 403, 404]
