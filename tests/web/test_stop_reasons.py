"""Stop reasons, as supervisors change them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain import stops
from app.models import By, StopReason
from app.parts import Parts
from tests.builders import Plant, csrf_token
from tests.web.administering import said, send, shown
from tests.web.browsers import Browser, change, post

ALL, MAKE = "/stop-reasons", "/stop-reasons?plant=north"
MACHINE, FAILURE, JAM, PLANNED = (f"/stop-reasons/{number}?plant=north" for number in (1, 2, 3, 17))
# A day with one stop, from noon on (the fixture `past`).
DAY = "2026-03-02"
STOP = f"/lines/press/stops/{quote(datetime(2026, 3, 2, 11, tzinfo=UTC).isoformat())}/reason"


@pytest.fixture
def sue(browser: Browser, parts: Parts, plant: Plant) -> FlaskClient:
    """Vera, who supervises today."""
    change(parts, "UPDATE operator SET role = 'supervisor' WHERE username = 'vera'")
    return browser("vera")


def offered(client: FlaskClient) -> list[str]:
    """What may be said of a stop of the press."""
    reasons = client.get("/api/v1/lines/press/stops").get_json()["reasons"]
    return [reason["slug"] for reason in reasons]


def retire(client: FlaskClient, path: str, **typed: str) -> int:
    """Take the tick off; the status of the answer."""
    form = {**shown(client, path), **typed}
    del form["active"]
    return client.post(path, data=form).status_code


def test_a_new_reason_is_offered_behind_the_others_of_its_group(
    sue: FlaskClient, parts: Parts
) -> None:
    made = send(sue, ALL, MAKE, name="Tooth broken", parent="machine")
    action, subject, facts = said(parts, "stop_reason")[0]

    assert made.location == "/stop-reasons?plant=north#reason-22"
    assert offered(sue)[:7] == [
        *("machine", "machine-failure", "machine-jam", "machine-tool", "machine-setting"),
        *("machine-tooth-broken", "supply"),
    ]
    assert (action, subject) == ("stop_reason.made", "north/machine-tooth-broken")
    assert (facts["name"], facts["parent"], facts["planned"]) == ("Tooth broken", "machine", False)


def test_a_new_group_is_a_reason_by_itself_for_which_a_stop_may_be_planned(
    sue: FlaskClient,
) -> None:
    send(sue, ALL, MAKE, name="Weather", parent="", planned="y")
    page = sue.get("/lines/press").text
    declared = post(sue, "/lines/press/planned-stop", reason="weather")

    assert offered(sue)[-1] == "weather"
    assert '<option value="weather">Weather</option>' in page
    assert declared == 303


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"name": "jam", "parent": "machine", "slug": "other"}, "another reason is called «Jam»"),
        ({"name": "Jam", "parent": "machine", "slug": ""}, "another reason is called «Jam»"),
        ({"name": "MACHINE", "parent": "", "slug": "m2"}, "another group is called «Machine»"),
        ({"name": "Jam", "parent": "", "slug": "machine-jam"}, "has the address machine-jam"),
        ({"name": "x" * 81, "parent": "machine", "slug": "x"}, "between 1 and 80"),
        ({"name": "x" * 40, "parent": "machine"}, "At most 40 characters"),
        ({"name": " ", "parent": "machine"}, "Please fill this in."),
        ({"name": "Jam", "parent": "machine-jam"}, "Not a valid choice"),
        ({"name": "故障", "parent": ""}, "no letter that an address may have"),
    ],
)
def test_what_cannot_be_a_reason_is_refused_beside_its_field(
    sue: FlaskClient, parts: Parts, typed: dict[str, str], complaint: str
) -> None:
    refused = send(sue, ALL, MAKE, **typed)

    assert refused.status_code == 422
    assert complaint in refused.text
    assert f'value="{typed["name"].strip()}"' in refused.text
    assert said(parts, "stop_reason") == []


def test_the_same_name_may_stand_in_two_groups(sue: FlaskClient) -> None:
    assert send(sue, ALL, MAKE, name="Jam", parent="supply").status_code == 303


def test_a_reason_is_renamed_and_moved_within_its_group(sue: FlaskClient, parts: Parts) -> None:
    send(sue, JAM, name="Blockage", planned="y")
    send(sue, ALL, "/stop-reasons/3/position?plant=north", to="up")
    send(sue, ALL, "/stop-reasons/3/position?plant=north", to="up")
    send(sue, ALL, "/stop-reasons/6/position?plant=north", to="up")
    taken = send(sue, FAILURE, name="blockage")

    assert offered(sue)[:5] == [
        *("supply", "supply-material", "supply-previous", "supply-next", "supply-energy")
    ]
    assert offered(sue)[5:8] == ["machine", "machine-jam", "machine-failure"]
    assert "another reason is called «Blockage»" in taken.text
    assert said(parts, "stop_reason") == [
        (
            "stop_reason.changed",
            "north/machine-jam",
            {"name": {"from": "Jam", "to": "Blockage"}, "planned": {"from": False, "to": True}},
        ),
        ("stop_reason.moved", "north/machine-jam", {"before": "machine-failure"}),
        ("stop_reason.moved", "north/supply", {"before": "machine"}),
    ]


@pytest.mark.usefixtures("past")
def test_what_was_said_of_a_stop_keeps_its_word_when_the_reason_is_retired(
    sue: FlaskClient,
) -> None:
    report = f"/reports/downtime?from={DAY}&to={DAY}&by=reason"
    post(sue, STOP, reason="machine-jam")
    status = retire(sue, JAM)
    page = sue.get(f"/lines/press?day={DAY}").text
    kept = post(sue, STOP, reason="machine-jam", comment="Box in the guide")
    gone = "machine-jam" in offered(sue)
    send(sue, JAM, active="y")

    assert status == 303
    assert not gone
    assert '<option value="machine-jam" selected>Machine: Jam, given no longer</option>' in page
    assert kept == 303
    assert "Machine: Jam" in sue.get(report).text
    assert "machine-jam" in offered(sue)


def test_a_group_is_not_retired_from_under_its_reasons(sue: FlaskClient, parts: Parts) -> None:
    form = shown(sue, PLANNED)
    del form["active"]
    refused = sue.post(PLANNED, data=form | {"name": "To plan"})
    for number in (18, 19, 20, 21):
        assert retire(sue, f"/stop-reasons/{number}?plant=north") == 303
    retired = retire(sue, PLANNED)
    page = sue.get(ALL).text
    alone = send(sue, "/stop-reasons/18?plant=north", active="y")
    below = send(sue, ALL, MAKE, name="Fair", parent="planned")

    assert refused.status_code == 422
    assert "first: Changeover, Maintenance, Cleaning, No order." in refused.text
    assert 'value="To plan"' in refused.text
    assert retired == 303
    assert not [slug for slug in offered(sue) if slug.startswith("planned")]
    assert page.count("<b>retired</b>") == 5
    assert alone.status_code == 422
    assert "the group «Planned» is retired: bring it back first" in alone.text
    assert "Not a valid choice" in below.text
    assert {facts.get("name") for _, _, facts in said(parts, "stop_reason")} == {None}


def test_a_later_save_of_an_older_form_is_told(sue: FlaskClient) -> None:
    before = shown(sue, JAM)
    send(sue, JAM, name="Blockage")
    late = sue.post(JAM, data=before | {"planned": "y"})

    assert late.status_code == 409
    assert "Stored meanwhile: Blockage." in late.text
    assert "Jam" not in sue.get(ALL).text


def test_of_two_who_give_a_group_the_same_name_one_is_refused(parts: Parts, plant: Plant) -> None:
    both, by = Barrier(2), By(None, datetime.now(UTC))

    def make(slug: str) -> bool:
        values = {"slug": slug, "name": "Weather", "parent": None, "planned": False}
        try:
            with parts.database.transaction() as session:
                session.execute(text("SELECT 1"))
                both.wait()
                stops.make_reason(session, plant.id, values, plant="north", by=by)
        except stops.NameTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(make, ("rain", "snow")))

    assert sorted(made) == [False, True]


def test_reasons_have_two_levels_and_no_more(parts: Parts, plant: Plant) -> None:
    values = {"slug": "x", "name": "X", "parent": "machine-jam", "planned": False}
    with parts.database.transaction() as session, pytest.raises(stops.NoSuchStopReason):
        stops.make_reason(session, plant.id, values, plant="north", by=By(None, datetime.now(UTC)))
    with parts.database.transaction() as session:
        assert session.query(StopReason).filter_by(slug="x").count() == 0


def test_a_reason_is_of_one_plant_and_for_supervisors(
    sue: FlaskClient, browser: Browser, parts: Parts
) -> None:
    change(parts, "INSERT INTO plant (slug, name, time_zone) VALUES ('south', 'South', 'UTC')")
    otto, ada = browser("otto"), browser("ada")
    token = csrf_token(otto, "/account/password")

    assert ada.get("/stop-reasons/3?plant=south").status_code == 404
    assert "nobody can say why" in ada.get("/stop-reasons?plant=south").text
    assert sue.get(f"/stop-reasons/{2**70}").status_code == 404
    assert post(ada, "/stop-reasons/3/position?plant=south", to="up") == 404
    assert otto.get(ALL).status_code == 403
    assert otto.post(JAM, data={"csrf_token": token, "name": "X"}).status_code == 403
    assert "Stop reasons" in sue.get("/administration").text
    assert sue.post(JAM, data={"name": "X"}).status_code == 400
