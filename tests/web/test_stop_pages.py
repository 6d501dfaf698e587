"""Stops on pages: who may say why a line stood, and who sees it when."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.parts import Parts
from tests.builders import Plant
from tests.web.browsers import Browser, post

# On the day of the fixture `past`: the press stood from noon on, for forty minutes.
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
DAY = "2026-03-02"
STOP = f"/lines/press/stops/{quote(NOON.isoformat())}/reason"


@pytest.fixture
def otto(browser: Browser, past: None) -> FlaskClient:
    return browser("otto")


@pytest.fixture
def sue(browser: Browser, parts: Parts, plant: Plant) -> FlaskClient:
    """Vera, who supervises today."""
    with parts.database.transaction() as session:
        session.execute(text("UPDATE operator SET role = 'supervisor' WHERE username = 'vera'"))
    return browser("vera")


def test_a_reason_is_on_the_line_and_in_the_reports_at_once(otto: FlaskClient) -> None:
    report = f"/reports/downtime?from={DAY}&to={DAY}&by=reason"
    unsaid = otto.get(f"/stops?from={DAY}&to={DAY}")
    before = otto.get(report)
    status = post(otto, STOP, reason="machine-jam", comment="Box & guide", back="/stops?range=week")

    assert "1 of 1 stops without a reason" in unsaid.text
    assert ("Not said" in before.text, "Machine: Jam" in before.text) == (True, False)
    assert status == 303
    assert "Machine: Jam" in otto.get(report).text
    assert "Machine: Jam" in otto.get(report.replace("?", ".csv?")).text
    assert "Every stop of this time has its reason" in otto.get(f"/stops?from={DAY}&to={DAY}").text
    page = otto.get(f"/lines/press?day={DAY}").text
    assert 'Otto: Machine: Jam, <q class="words">Box &amp; guide</q>' in page


def test_who_only_looks_says_nothing(browser: Browser, past: None) -> None:
    vera = browser("vera")

    assert post(vera, STOP, reason="machine-jam") == 403
    assert "why-form" not in vera.get(f"/lines/press?day={DAY}").text
    assert "why-form" not in vera.get(f"/stops?from={DAY}&to={DAY}").text
    assert post(vera, "/lines/press/planned-stop", reason="planned-changeover") == 403


REFUSED = [
    (STOP, {"reason": "gremlins"}, 422),
    (STOP, {"reason": "machine-jam", "comment": "x" * 301}, 422),
    ("/lines/nowhere/stops/2026-03-02T11:00:00Z/reason", {"reason": "machine-jam"}, 404),
    ("/lines/press/stops/2026-03-02T11:01:00Z/reason", {"reason": "machine-jam"}, 404),
    ("/lines/press/stops/2026-03-02T11:00:00/reason", {"reason": "machine-jam"}, 404),
    ("/lines/press/stops/yesterday/reason", {"reason": "machine-jam"}, 404),
    ("/lines/press/stops/9999-12-31T23:59:59-14:00/reason", {"reason": "machine-jam"}, 404),
]


def test_what_makes_no_sense_is_refused(otto: FlaskClient) -> None:
    answers = [post(otto, path, **form) for path, form, _ in REFUSED]

    assert answers == [status for _, _, status in REFUSED]


def test_nobody_is_sent_to_another_site(otto: FlaskClient) -> None:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', otto.get("/lines/press").text)
    assert token
    form = {"csrf_token": token[1], "reason": "machine-jam", "back": "//elsewhere.example"}

    assert otto.post(STOP, data=form).headers["Location"] == "/"
    assert otto.post(STOP, data={**form, "csrf_token": ""}).status_code == 400


def test_a_day_is_drawn_and_told_in_a_table(otto: FlaskClient) -> None:
    page = otto.get(f"/lines/press?day={DAY}").text
    rows = re.findall(r'<tr><th scope="row">(.+?)</th><td>(.+?)</td><td>(.+?)</td>', page)
    drawn = re.findall(r'<rect class="state state-(\w+)"', page)

    assert ("Stopped", "12:00:00", "12:40:00") in rows
    assert ("Call: Material", "12:02:00", "12:40:00") in rows
    assert drawn.count("stopped") == 1
    assert "state-planned" in page
    assert "Stopped 40 min, once." in page


def test_the_day_is_the_plants_own_and_a_bad_one_is_refused(otto: FlaskClient) -> None:
    page = otto.get(f"/lines/press?day={DAY}").text

    assert "Mon 02 Mar, 00:00</" not in page
    assert "Mon 02 Mar, 00:00 to 00:00 CET" in page
    assert otto.get("/lines/press?day=soon").status_code == 422
    assert otto.get("/lines/press?day=2999-01-01").status_code == 422


def test_a_supervisor_stops_a_line_as_planned_and_lets_it_go_on(
    sue: FlaskClient, parts: Parts
) -> None:
    with parts.database.transaction() as session:
        session.execute(
            text("INSERT INTO line_status (line_id, last_reading_at) VALUES (1, now())")
        )
    before = state(sue)
    declared = post(sue, "/lines/press/planned-stop", reason="planned-changeover")
    again = post(sue, "/lines/press/planned-stop", reason="planned-changeover")
    planned = state(sue)
    ended = post(sue, "/lines/press/planned-stop/ending")

    assert (declared, again, ended) == (303, 409, 303)
    assert before == ("stopped", None)
    assert planned == ("planned", "Changeover")
    assert post(sue, "/lines/press/planned-stop/ending") == 409
    assert post(sue, "/lines/press/planned-stop", reason="machine-jam") == 422


def state(client: FlaskClient) -> tuple[str, str | None]:
    told = client.get("/api/v1/lines/press").get_json()
    return told["state"], told["planned_for"]


def test_a_planned_line_has_its_word_shape_and_colour_on_every_board(
    sue: FlaskClient, parts: Parts
) -> None:
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift"))
        session.execute(
            text(
                "INSERT INTO shift (line_id, starts_at, ends_at, target)"
                " VALUES (1, now() - interval '9 hours', now() - interval '1 hour', 80)"
            )
        )
    for path in ("/", "/tv/north", "/lines/press"):
        page = sue.get(path).text
        tile = page[page.index('id="line-press"') :]

        assert 'data-state="planned"' in tile
        assert 'href="#state-planned"' in tile
        assert ">Planned</strong>" in tile
        assert ">No shift</span>" in tile
    assert 'data-count="planned"' in sue.get("/").text
    assert sue.get("/board.json").get_json()["tiles"][0]["unknown_after"] is None


def test_stops_of_a_plant_without_a_shift_yet_say_so(sue: FlaskClient, parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM shift"))
    answer = sue.get("/stops?range=shift")

    assert answer.status_code == 422
    assert "No shift of this plant has begun yet" in answer.text
    assert sue.get("/lines/press").status_code == 200


def test_the_present_shift_is_drawn_up_to_now(sue: FlaskClient, parts: Parts) -> None:
    now = datetime.now(UTC)
    with parts.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO line_status (line_id, state, since, last_reading_at)"
                " VALUES (1, 'stopped', :since, :now)"
            ),
            {"since": now - timedelta(minutes=20), "now": now},
        )
    page = sue.get("/lines/press").text

    assert re.search(r'<rect class="state state-stopped"[^>]*><title>Stopped, ', page)
    assert "This shift" in page
