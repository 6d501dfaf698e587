"""The line page, and the history of a sensor."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from tests.builders import Plant, sign_in

SENSOR = "press-s1-temperature"


def put_readings(parts: Parts, plant: Plant, rows: list[tuple[datetime, float]]) -> None:
    sensor = plant.sensors[SENSOR]
    with parts.database.transaction() as session:
        for at, value in rows:
            session.execute(
                text("INSERT INTO reading VALUES (:sensor, :at, :value)"),
                {"sensor": sensor, "at": at, "value": value},
            )


def test_a_line_shows_its_stations_and_sensors(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")
    page = client.get("/lines/press")

    assert page.status_code == 200
    assert "Station 1" in page.text
    assert f'data-sensor="{SENSOR}"' in page.text


def test_a_line_that_is_not_there_is_not_found(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")

    assert client.get("/lines/nowhere").status_code == 404
    assert client.get("/lines/press?sensor=nothing").status_code == 404
    assert client.get("/?plant=nowhere").status_code == 404


def test_a_spike_survives_in_its_bucket(client: FlaskClient, parts: Parts, plant: Plant) -> None:
    start = datetime.now(UTC) - timedelta(hours=20)
    rows = [(start + timedelta(seconds=10 * n), 20.0) for n in range(7000)]
    rows[3500] = (rows[3500][0], 99.0)
    put_readings(parts, plant, rows)
    sign_in(client, "vera")
    history = client.get(f"/lines/press/history.json?sensor={SENSOR}&span=1d").get_json()

    assert len(history["at"]) <= 601
    assert max(history["maximum"]) == 99.0
    assert sum(value == 99.0 for value in history["maximum"]) == 1
    assert (history["unit"], history["low"], history["high"]) == ("°C", 10.0, 90.0)


def test_a_closer_look_has_finer_buckets(client: FlaskClient, parts: Parts, plant: Plant) -> None:
    start = datetime.now(UTC) - timedelta(hours=20)
    put_readings(parts, plant, [(start + timedelta(seconds=n), float(n)) for n in range(600)])
    sign_in(client, "vera")
    since = (start + timedelta(seconds=100)).timestamp()
    history = client.get(
        f"/lines/press/history.json?sensor={SENSOR}&since={since}&until={since + 100}"
    ).get_json()

    assert len(history["at"]) == 101
    assert history["minimum"] == history["maximum"]


def test_a_recording_that_ended_long_ago_is_shown_whole(
    client: FlaskClient, parts: Parts, plant: Plant
) -> None:
    start = datetime(2013, 12, 2, tzinfo=UTC)
    put_readings(parts, plant, [(start + timedelta(days=n), float(n)) for n in range(80)])
    sign_in(client, "vera")
    history = client.get(f"/lines/press/history.json?sensor={SENSOR}").get_json()

    assert (history["minimum"][0], history["maximum"][-1]) == (0.0, 79.0)


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=9&until=8",
        "until=1e400",
        "since=2026-13-01",
        "since=",
        "since=9999-12-30&until=9999-12-31",
    ],
)
def test_a_stretch_of_time_that_cannot_be_read_is_refused(
    client: FlaskClient, plant: Plant, query: str
) -> None:
    sign_in(client, "vera")
    answer = client.get(f"/lines/press/history.json?sensor={SENSOR}&{query}")

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_the_boards_json_is_not_sent_again_while_nothing_changed(
    client: FlaskClient, plant: Plant
) -> None:
    sign_in(client, "vera")
    with_target = client.get("/board.json?plant=north")
    tag = with_target.headers["ETag"]
    # The target moves with time: at 360 an hour by one every ten seconds.
    again = [client.get("/board.json", headers={"If-None-Match": tag}) for _ in range(3)]

    assert 304 in {answer.status_code for answer in again}


def test_a_line_can_be_polled_with_its_readings(
    client: FlaskClient, parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        session.execute(
            text("INSERT INTO sensor_status VALUES (:sensor, now(), 95.0)"),
            {"sensor": plant.sensors[SENSOR]},
        )
    sign_in(client, "vera")
    page = client.get("/lines/press").text
    now = client.get("/lines/press/now.json").get_json()

    assert 'data-snapshot="/lines/press/now.json"' in page
    assert [tile["line"] for tile in now["tiles"]] == ["press"]
    assert now["readings"][SENSOR]["breach"] == "high"
    assert client.get("/lines/nowhere/now.json").status_code == 404


def test_a_year_is_read_from_the_hours_and_loses_no_spike(
    client: FlaskClient, parts: Parts, plant: Plant, queries: list[str]
) -> None:
    start = datetime(2024, 12, 2, tzinfo=UTC)
    rows = [(start + timedelta(hours=6 * n, minutes=7), float(n % 5)) for n in range(1460)]
    rows[700] = (rows[700][0], 99.0)
    put_readings(parts, plant, rows)
    sign_in(client, "vera")
    queries.clear()
    history = client.get(f"/lines/press/history.json?sensor={SENSOR}&span=all").get_json()

    assert max(history["maximum"]) == 99.0
    assert history["at"][0] == start.timestamp()
    assert not [query for query in queries if "value" in query and "FROM reading " in query]
