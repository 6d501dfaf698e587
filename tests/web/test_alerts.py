"""Alerts of sensors on pages and over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain import telemetry
from app.models import Audit, SensorAlert
from app.parts import Parts
from app.streams.announcer import channel_keys
from tests.builders import Plant, csrf_token, sign_in
from tests.web.administering import send
from tests.web.browsers import Browser

SENSOR = "press-s1-temperature"
ON_THE_BAR = "Temperature too high"
ACKNOWLEDGED = "/alerts/1/acknowledgement"

Measure = Callable[..., None]


@pytest.fixture
def start() -> datetime:
    """Half an hour before the test."""
    return datetime.now(UTC) - timedelta(minutes=30)


@pytest.fixture
def measure(parts: Parts, plant: Plant, start: datetime) -> Measure:
    """Stores values of a sensor, one every ten seconds, from so many seconds after `start` on."""

    def stored(*values: float, since: float = 0) -> None:
        rows = [
            (plant.sensors[SENSOR], start + timedelta(seconds=since + 10 * n), value)
            for n, value in enumerate(values)
        ]
        with parts.database.transaction() as session:
            telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])

    return stored


@pytest.fixture
def otto(client: FlaskClient, plant: Plant) -> FlaskClient:
    sign_in(client, "otto")
    return client


def acknowledge(client: FlaskClient, path: str = ACKNOWLEDGED) -> int:
    return client.post(
        path, data={"csrf_token": csrf_token(client, "/account/password")}
    ).status_code


def test_an_alert_is_on_every_page_and_off_them_once_it_is_cleared(
    otto: FlaskClient, measure: Measure
) -> None:
    pages = ("/", "/lines/press", "/lines/weld", "/account/sessions", "/handover")

    def bars() -> list[bool]:
        return ['<li class="alarm beyond' in otto.get(page).text for page in pages]

    before = bars()
    measure(95, 97.5)
    during = bars()
    measure(50, 50, since=20)

    assert (before, during, bars()) == ([False] * 5, [True] * 5, [False] * 5)


def test_the_bar_lists_alerts_below_calls_and_counts_them_apart(
    otto: FlaskClient, measure: Measure
) -> None:
    measure(95, 97.5)
    form = {"station": "s1", "reason": "help", "csrf_token": csrf_token(otto, "/lines/press")}
    otto.post("/lines/press/calls", data=form)
    page = otto.get("/account/sessions").text

    assert "1 open call, 1 sensor alert<" in page
    assert page.index('href="/lines/press#call-1"') < page.index('href="/lines/press#alert-1"')


def test_board_and_line_mark_the_sensor_and_which_limit_it_passed(
    otto: FlaskClient, measure: Measure
) -> None:
    measure(9, 8)
    board, line = otto.get("/").text, otto.get("/lines/press").text

    assert '<span data-field="beyond">Temperature too low' in board
    assert board.count("data-beyond hidden") == 1  # of the other line
    assert line.count("data-alert hidden") == 1  # of the other sensor
    assert "8 °C, 2 below 10" in line


def test_programs_are_told_how_far_and_for_how_long(otto: FlaskClient, measure: Measure) -> None:
    first = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]
    measure(95, 91)
    measure(97.5, since=20)
    (worse,) = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]
    measure(50, 50, since=30)
    (told,) = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]

    assert (first, worse["cleared_at"], worse["worst"]) == ([], None, 97.5)
    assert {name: told[name] for name in ("sensor", "kind", "bound", "worst", "beyond_by")} == {
        "sensor": SENSOR,
        "kind": "high",
        "bound": 90.0,
        "worst": 97.5,
        "beyond_by": 7.5,
    }
    assert told["lasted_seconds"] == 30
    assert otto.get("/api/v1/lines/nowhere/alerts").status_code == 404


def test_the_list_is_of_the_last_day_and_of_what_is_still_open(
    otto: FlaskClient, measure: Measure
) -> None:
    days = 86_400
    measure(95, 95, 50, 50, since=-2 * days)
    measure(95, 95, 50, 50, since=-days / 2)
    measure(95, 95)
    alerts = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]

    assert [alert["id"] for alert in alerts] == [3, 2]


def test_an_open_alert_is_listed_however_old_it_is(otto: FlaskClient, measure: Measure) -> None:
    measure(95, 95, since=-40 * 86_400)

    assert 'id="alert-1"' in otto.get("/lines/press").text


def test_the_first_who_acknowledges_stays_on_record_and_each_is_in_the_audit(
    browser: Browser, measure: Measure, parts: Parts, plant: Plant
) -> None:
    otto, ada = browser("otto"), browser("ada")
    measure(95, 95)
    seen = "Otto has seen it" in ada.get("/").text
    statuses = [acknowledge(otto), acknowledge(ada)]
    page = ada.get("/lines/press").text
    with parts.database.transaction() as session:
        trail = session.execute(
            select(Audit.actor_id, Audit.action, Audit.subject_id, Audit.address).order_by(Audit.id)
        ).all()

    assert (seen, statuses) == (False, [303, 303])
    assert "Otto has seen it" in page
    assert ACKNOWLEDGED not in page
    assert [tuple(row) for row in trail] == [
        (plant.people[who], "alert.acknowledged", "1", "127.0.0.1") for who in ("otto", "ada")
    ]


def test_an_acknowledgement_is_announced_on_the_board_and_the_line(
    otto: FlaskClient, measure: Measure, parts: Parts
) -> None:
    measure(95, 95)
    acknowledge(otto)

    for channel in ("board:north", "line:press"):
        ((_, said),) = parts.redis.xrange(channel_keys(channel)[1])
        assert b'"acknowledged_by":"Otto"' in said[b"said"]


def test_a_program_acknowledges_what_is_over_too(
    otto: FlaskClient, measure: Measure, parts: Parts
) -> None:
    measure(95, 95, 50, 50)
    headers = {"X-CSRF-Token": csrf_token(otto, "/account/password"), "Accept": "application/json"}
    answer = otto.put(ACKNOWLEDGED, headers=headers)

    assert (answer.status_code, answer.get_json()["line"]) == (200, "press")
    (told,) = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]
    assert told["acknowledged_by"] == "Otto"


def test_a_sensor_whose_clock_is_ahead_is_acknowledged_not_before_its_alert(
    otto: FlaskClient, measure: Measure, parts: Parts
) -> None:
    measure(95, 95)
    ahead = datetime.now(UTC) + timedelta(minutes=4)
    with parts.database.transaction() as session:
        session.execute(update(SensorAlert).values(raised_at=ahead))

    assert acknowledge(otto) == 303
    assert otto.get("/api/v1/lines/press/alerts").get_json()["alerts"][0]["lasted_seconds"] == 0


def test_who_may_not_and_what_is_not_there_is_refused(browser: Browser, measure: Measure) -> None:
    measure(95, 95)
    vera, otto = browser("vera"), browser("otto")

    assert acknowledge(vera) == 403
    assert ACKNOWLEDGED not in vera.get("/lines/press").text
    assert otto.post(ACKNOWLEDGED).status_code == 400  # without a token of a form
    for number in (2, 2**31, 10**30):
        assert acknowledge(otto, f"/alerts/{number}/acknowledgement") == 404


def test_an_alert_whose_sensor_is_silent_says_since_when_wherever_it_is_shown(
    otto: FlaskClient, measure: Measure, start: datetime
) -> None:
    measure(95, 95, since=-86_400)
    measure(95, since=1_700)
    pages = [otto.get(page).text for page in ("/account/sessions", "/", "/lines/press")]
    (told,) = otto.get("/api/v1/lines/press/alerts").get_json()["alerts"]
    (tile,) = otto.get("/api/v1/lines").get_json()["lines"][0]["open_alerts"]

    words = "Temperature too high, no reading since <time data-clock"
    assert [page.count(words) for page in pages] == [1, 2, 3]
    assert datetime.fromisoformat(told["silent_since"]) == start + timedelta(seconds=1_700)
    assert tile["silent_since"] == told["silent_since"]


def test_a_sensor_that_is_silent_for_days_says_the_day(otto: FlaskClient, measure: Measure) -> None:
    measure(95, 95, since=-2 * 86_400)

    assert ", no reading since <time data-moment" in otto.get("/").text


def test_an_alert_whose_sensor_speaks_says_nothing_of_it(
    otto: FlaskClient, measure: Measure
) -> None:
    measure(95, 95, since=1_780)
    tag = otto.get("/api/v1/lines/press/alerts").headers["ETag"]
    measure(95, since=1_800)
    told = otto.get("/api/v1/lines/press/alerts", headers={"If-None-Match": tag})

    assert "no reading" not in otto.get("/lines/press").text
    assert told.status_code == 304


def test_an_alert_that_no_reading_cleared_says_what_ended_it(
    browser: Browser, measure: Measure
) -> None:
    ada = browser("ada")
    sensor = "/plants/north/sensors/1"
    measure(95, 95)
    send(ada, sensor, high="")
    page, (told,) = ada.get("/lines/press").text, alerts_of(ada)
    measure(5, 5, since=30)
    send(ada, sensor, f"{sensor}/retirement")
    later, board = ada.get("/lines/press").text, ada.get("/board.json").get_json()

    assert "until the limit was taken away" in page
    assert told["ended_because"] == "limit-removed"
    assert "until it was retired" in later
    assert [one["ended_because"] for one in alerts_of(ada)] == ["retired", "limit-removed"]
    assert '<li class="alarm beyond' not in later
    assert [tile["open_alerts"] for tile in board["tiles"]] == [[], []]


def alerts_of(client: FlaskClient) -> list[dict[str, object]]:
    told: list[dict[str, object]] = client.get("/api/v1/lines/press/alerts").get_json()["alerts"]
    return told
