"""Plants laid out by an administrator: lines, stations, sensors, in words that stay typed."""

import html
import json
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import models
from app.models import CallType, Line, Sensor
from app.parts import Parts
from app.streams.announcer import channel_keys
from tests.builders import Plant, csrf_token, post
from tests.web.administering import said, send, shown
from tests.web.browsers import Browser, change

PRESS, S1, SENSOR = "/plants/north/lines/1", "/plants/north/stations/1", "/plants/north/sensors/1"


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    return browser("ada")


def tiles(client: FlaskClient) -> list[str]:
    return [tile["line"] for tile in client.get("/board.json").get_json()["tiles"]]


def test_a_plant_comes_with_its_first_call_types(ada: FlaskClient, parts: Parts) -> None:
    made = send(ada, "/plants", name="Östliche Werke", time_zone="Asia/Tokyo")
    with parts.database.transaction() as session:
        plant = session.scalars(select(models.Plant).where(models.Plant.id == 2)).one()
        types = session.scalars(select(CallType.slug).where(CallType.plant_id == 2)).all()

    assert made.location == "/plants/ostliche-werke"
    assert (plant.name, plant.time_zone) == ("Östliche Werke", "Asia/Tokyo")
    assert "safety" in types
    facts = {"name": "Östliche Werke", "time_zone": "Asia/Tokyo"}
    assert said(parts, "plant") == [("plant.made", "ostliche-werke", facts)]


def test_what_cannot_be_is_said_beside_the_field_and_stays_typed(ada: FlaskClient) -> None:
    nowhere = send(ada, "/plants", name="<b>East</b>", time_zone="Mars/Olympus")
    taken = send(ada, "/plants", name="East", slug="north", time_zone="UTC")
    spelled = send(ada, "/plants", name="East", slug="No Slug", time_zone="UTC")
    unnamed = send(ada, "/plants", name="東", time_zone="UTC")

    assert [one.status_code for one in (nowhere, taken, spelled, unnamed)] == [422] * 4
    assert html.escape("<b>East</b>") in nowhere.text
    assert re.search(r'id="time_zone-errors">Please choose one of the list', nowhere.text)
    assert re.search(r'id="slug-errors">another plant has the address north', taken.text)
    assert 'value="No Slug"' in spelled.text
    assert "no letter that an address may have" in unnamed.text


def test_a_line_a_station_and_a_sensor_are_there_at_once(ada: FlaskClient, parts: Parts) -> None:
    line = send(ada, "/plants/north", "/plants/north/lines", **typed(name="Paint", target="60"))
    parts_of = f"{line.location}/parts"
    send(ada, line.location, parts_of, **typed(name="Top Coat"))
    sensor = typed(name="Heat", metric="Temperature", unit="°C", low="10,5", high="90")
    send(ada, "/plants/north/stations/4", "/plants/north/stations/4/parts", **sensor)
    page = ada.get("/lines/paint").text
    with parts.database.transaction() as session:
        row = session.scalars(select(Sensor).order_by(Sensor.id.desc())).first()

    assert tiles(ada) == ["press", "weld", "paint"]
    assert "Top Coat" in page
    assert row is not None
    assert (row.slug, row.low, row.high) == ("paint-top-coat-temperature", 10.5, 90.0)


def typed(*, target: str | None = None, **words: str) -> dict[str, str]:
    more = {} if target is None else {"new-target_per_hour": target}
    return {f"new-{name}": word for name, word in words.items()} | more


MISTYPED = [
    (PRESS, {"name": " ", "target_per_hour": "9"}, "Please fill this in."),
    (PRESS, {"target_per_hour": "-1"}, "must be between 0"),
    (PRESS, {"target_per_hour": "many"}, "Not a valid integer"),
    (PRESS, {"name": "x" * 81}, "between 1 and 80"),
    (PRESS, {"name": "two\nlines"}, "One line of text"),
    (SENSOR, {"low": "90", "high": "10"}, "above the low one"),
    (SENSOR, {"low": "nan"}, "not a number one can measure"),
    (SENSOR, {"high": "1e400"}, "not a number one can measure"),
    (SENSOR, {"hysteresis": "-1"}, "Not below 0"),
    (SENSOR, {"low": "10", "high": "20", "hysteresis": "10"}, "Less than the band"),
    (SENSOR, {"hold_seconds": "86401"}, "must be between 0"),
]


def test_what_is_mistyped_is_said_and_changes_nothing(ada: FlaskClient, parts: Parts) -> None:
    for path, form, complaint in MISTYPED:
        refused = send(ada, path, **form)

        assert refused.status_code == 422
        assert complaint in refused.text
        assert all(html.escape(word.strip()) in refused.text for word in form.values())
    assert said(parts, "line") + said(parts, "sensor") == []


def test_a_change_is_on_record_with_what_was_before(ada: FlaskClient, parts: Parts) -> None:
    saved = send(ada, PRESS, name="Great Press", target_per_hour="400")
    send(ada, PRESS)
    send(ada, SENSOR, low="")

    assert saved.status_code == 303
    assert "Great Press" in ada.get("/").text
    assert said(parts, "line") == [
        (
            "line.changed",
            "press",
            {
                "name": {"from": "Press", "to": "Great Press"},
                "target_per_hour": {"from": 360, "to": 400},
            },
        )
    ]
    assert said(parts, "sensor")[0][2] == {"low": {"from": 10.0, "to": None}}


def test_the_later_of_two_who_change_the_same_is_told_and_loses_nothing(
    ada: FlaskClient, parts: Parts
) -> None:
    before = shown(ada, PRESS)
    send(ada, PRESS, target_per_hour="400")
    token = csrf_token(ada, PRESS)
    late = before | {"csrf_token": token, "name": "Late Press"}
    refused = ada.post(PRESS, data=late)
    meanwhile = said(parts, "line")
    form = re.search(r'<form class="sheet".*?</form>', refused.text, re.DOTALL)
    assert form
    anew = re.search(r'name="seen"[^>]*value="(\w+)"', form[0])
    assert anew
    again = ada.post(PRESS, data=late | {"seen": anew[1]})

    assert refused.status_code == 409
    assert "somebody else changed this meanwhile" in refused.text
    assert 'value="Late Press"' in form[0]
    assert "Stored meanwhile: 400." in form[0]
    assert len(meanwhile) == 1
    assert again.status_code == 303
    assert len(said(parts, "line")) == 2


def test_what_is_retired_is_on_no_page_until_it_is_brought_back(
    ada: FlaskClient, parts: Parts, plant: Plant
) -> None:
    send(ada, SENSOR, f"{SENSOR}/retirement")
    page = ada.get("/lines/press").text
    send(ada, PRESS, f"{PRESS}/retirement")
    gone = tiles(ada), ada.get("/lines/press").status_code
    listed = ada.get("/api/v1/lines").get_json()["lines"]
    reported = ada.get("/reports/output?range=today").text
    send(ada, PRESS, f"{PRESS}/return")

    assert "press-s1-temperature" not in page
    assert gone == (["weld"], 404)
    assert [line["line"] for line in listed] == ["weld"]
    assert "Press" in reported
    assert tiles(ada) == ["press", "weld"]
    assert [action for action, _, _ in said(parts, "line")] == ["line.retired", "line.brought_back"]


def test_open_boards_are_told_that_a_line_came_or_went_and_not_of_a_station(
    ada: FlaskClient, parts: Parts
) -> None:
    send(ada, S1, f"{S1}/retirement")
    send(ada, "/plants/north", "/plants/north/lines", **typed(name="Paint", target="60"))
    send(ada, PRESS, f"{PRESS}/retirement")
    send(ada, PRESS, f"{PRESS}/return")
    said = parts.redis.xrange(channel_keys("board:north")[1])

    assert [json.loads(words[b"said"])["event"] for _, words in said] == ["lines"] * 3


def test_a_retired_sensors_readings_are_still_taken(
    ada: FlaskClient, client: FlaskClient, plant: Plant, parts: Parts
) -> None:
    send(ada, SENSOR, f"{SENSOR}/retirement")
    item = {"sensor": "press-s1-temperature", "at": "2026-03-01T12:00:00Z", "value": 20}
    sent = client.post(
        "/api/v1/readings",
        json={"readings": [item]},
        headers={"Authorization": f"Bearer {plant.token}"},
    )

    assert sent.status_code == 202


def test_nobody_who_waits_is_retired(browser: Browser, ada: FlaskClient, parts: Parts) -> None:
    otto = browser("otto")
    post(otto, "/lines/press/calls", on="/lines/press", station="s1", reason="quality")
    refused = send(ada, PRESS, f"{PRESS}/retirement")
    station = send(ada, S1, f"{S1}/retirement")
    post(otto, "/calls/1/resolution", on="/lines/press")

    assert (refused.status_code, station.status_code) == (409, 409)
    assert "Press has open calls: resolve them first" in refused.text
    assert send(ada, S1, f"{S1}/retirement").status_code == 303
    calls = post(otto, "/lines/press/calls", on="/lines/press", station="s1", reason="quality")
    assert calls.status_code == 404


def test_lines_change_places(ada: FlaskClient, parts: Parts) -> None:
    down = send(ada, "/plants/north", f"{PRESS}/position", to="down")
    at_the_end = send(ada, "/plants/north", f"{PRESS}/position", to="down")

    assert (down.status_code, at_the_end.status_code) == (303, 303)
    assert tiles(ada) == ["weld", "press"]
    assert said(parts, "line") == [("line.moved", "press", {"behind": "weld"})]


def test_a_place_of_another_plant_is_not_there(ada: FlaskClient, parts: Parts) -> None:
    change(parts, "INSERT INTO plant (slug, name, time_zone) VALUES ('south', 'South', 'UTC')")
    paths = ["/plants/east", "/plants/south/lines/1", "/plants/north/stations/99"]
    paths += [f"/plants/north/sensors/{2**70}", "/plants/north/roofs/1"]

    assert [ada.get(path).status_code for path in paths] == [404] * len(paths)
    assert post(ada, "/plants/south/lines/1/retirement").status_code == 404
    assert post(ada, f"{SENSOR}/position").status_code == 404
    assert post(ada, f"{SENSOR}/parts").status_code == 404


@pytest.mark.parametrize("who", ["otto", "sue", None])
def test_only_administrators_lay_out_plants(
    browser: Browser, parts: Parts, plant: Plant, who: str | None
) -> None:
    change(
        parts,
        "INSERT INTO operator (plant_id, username, name, role, password_hash)"
        " SELECT plant_id, 'sue', 'Sue', 'supervisor', password_hash FROM operator LIMIT 1",
    )
    client = browser(who)
    token = csrf_token(client, "/account/password" if who else "/sign-in")
    form = {"csrf_token": token, "name": "X", "target_per_hour": "1", "time_zone": "UTC"}
    paths = ["/plants", "/plants/north", "/plants/north/lines", PRESS, f"{PRESS}/retirement"]
    refused = {client.post(path, data=form).status_code for path in paths}

    assert refused == {403 if who else 401}
    with parts.database.transaction() as session:
        assert session.get_one(Line, 1).name == "Press"
