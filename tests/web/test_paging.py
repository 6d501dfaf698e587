"""Long lists in parts, each leading to the next; and answers that are not sent twice."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.models import Call, Reading
from app.parts import Parts
from app.web.paging import cursor_of
from tests.builders import Plant
from tests.web.browsers import Browser, change, walked
from tests.web.test_openapi import GOOD

CALLS, READINGS = "/api/v1/lines/press/calls", "/api/v1/lines/press/readings"
SENSOR = "press-s1-temperature"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def called(parts: Parts, plant: Plant, vera: FlaskClient) -> FlaskClient:
    """Calls of which three each were raised in one moment, and two are open."""
    with parts.database.transaction() as session:
        session.execute(
            insert(Call),
            [
                {
                    "line_id": plant.lines["press"],
                    "station_id": plant.stations["press-s1"],
                    "reason": "help" if number == 3 else "quality",
                    "raised_at": NOON + number // 3 * MINUTE,
                    "resolved_at": None if number in (3, 9) else NOON + HOUR,
                }
                for number in range(20)
            ],
        )
    return vera


def test_all_calls_come_once_the_open_first_then_the_newest(called: FlaskClient) -> None:
    whole = walked(called, CALLS, limit=100)
    parts = walked(called, CALLS, limit=4)
    calls = [call for part in parts for call in part["calls"]]
    order = [(call["resolved_at"] is None, call["raised_at"], call["id"]) for call in calls]

    assert [len(part["calls"]) for part in parts] == [4, 4, 4, 4, 4, 1]
    assert [call["id"] for call in calls] == [call["id"] for call in whole[0]["calls"]]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 21  # one was there before


def test_a_part_that_is_known_is_not_sent_again_until_a_call_changes(
    called: FlaskClient, parts: Parts
) -> None:
    tag = called.get(CALLS).headers["ETag"]
    same = called.get(CALLS, headers={"If-None-Match": tag})
    change(parts, "UPDATE call SET resolved_at = now() WHERE resolved_at IS NULL")
    other = called.get(CALLS, headers={"If-None-Match": tag})

    assert (same.status_code, other.status_code) == (304, 200)


def test_a_cursor_that_we_did_not_make_is_refused(called: FlaskClient) -> None:
    made = cursor_of((True, NOON, 7))
    forged = [
        "x",
        "ö",
        made[:-2],
        made + "AA",
        cursor_of([True, NOON]),
        cursor_of((True, NOON, -1)),
    ]
    forged += [cursor_of((True, NOON, 2**31)), cursor_of((1, "noon", 7)), "A" * 101, ""]
    answers = [called.get(CALLS, query_string={"cursor": each}) for each in forged]

    assert called.get(CALLS, query_string={"cursor": made}).status_code == 200
    assert [answer.status_code for answer in answers] == [422] * len(forged)
    assert {answer.get_json()["errors"][0]["field"] for answer in answers} == {"cursor"}


@pytest.mark.parametrize("step", [600, 3600, 7200])
def test_readings_in_parts_are_those_of_the_whole(
    vera: FlaskClient, parts: Parts, plant: Plant, step: int
) -> None:
    sensor = plant.sensors[SENSOR]
    times = [NOON + number * 7 * MINUTE for number in range(200)]
    with parts.database.transaction() as session:
        rows = [{"sensor_id": sensor, "at": at, "value": at.minute} for at in times]
        session.execute(insert(Reading), rows)
    query = {"sensor": SENSOR, "step": step}
    query["since"] = (NOON + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    query["until"] = (NOON + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (whole,) = walked(vera, READINGS, **query)
    pieces = walked(vera, READINGS, **query, limit=4)

    assert len(pieces) >= 3
    assert [point for piece in pieces for point in piece["points"]] == whole["points"]
    assert len(whole["points"]) >= 10
    assert pieces[-1]["until"] == whole["until"]


def test_every_answer_says_what_it_may_be_kept_by(vera: FlaskClient, parts: Parts) -> None:
    # The target moves with time: by one every ten seconds.
    change(parts, "DELETE FROM shift")
    for request in [request for request in GOOD if request.startswith("GET")]:
        path, query = request.split()[1], dict(GOOD[request])
        if path == READINGS:
            query["query_string"] = f"sensor={SENSOR}&until=2026-03-02T12:00:00Z"
        first = vera.get(path, **query)
        again = vera.get(path, **query, headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.data) == (304, b""), request
        assert first.headers["Cache-Control"] == "private, no-cache", request
        assert again.headers["ETag"] == first.headers["ETag"], request


def test_what_is_no_answer_is_not_kept(browser: Browser) -> None:
    assert browser().get("/api/v1/lines").headers["Cache-Control"] == "no-store"
