"""Call types, as supervisors change them."""

import pytest
from flask.testing import FlaskClient

from app.parts import Parts
from tests.builders import Plant, csrf_token, post
from tests.web.administering import said, send, shown
from tests.web.browsers import Browser, change

SAFETY = "/call-types/1"
MAKE = "/call-types?plant=north"


@pytest.fixture
def sue(browser: Browser, parts: Parts, plant: Plant) -> FlaskClient:
    """Sue, a supervisor."""
    change(
        parts,
        "INSERT INTO operator (plant_id, username, name, role, password_hash)"
        " SELECT plant_id, 'sue', 'Sue', 'supervisor', password_hash FROM operator LIMIT 1",
    )
    return browser("sue")


def offered(client: FlaskClient) -> list[str]:
    """What may be called for at the press."""
    types = client.get("/api/v1/lines/press/calls").get_json()["types"]
    return [kind["slug"] for kind in types]


def test_a_new_type_is_offered_behind_the_others(sue: FlaskClient, parts: Parts) -> None:
    typed = {"name": "Tool break", "colour": "yellow", "response_minutes": "3"}
    made = send(sue, "/call-types", MAKE, **typed)
    again = send(sue, "/call-types", MAKE, **typed)
    action, subject, facts = said(parts, "call_type")[0]

    assert made.location == "/call-types?plant=north#type-6"
    assert offered(sue) == ["safety", "maintenance", "quality", "material", "help", "tool-break"]
    assert (action, subject) == ("call_type.made", "north/tool-break")
    assert (facts["colour"], facts["resolve_minutes"]) == ("yellow", None)
    assert again.status_code == 422
    assert "another call type has the address tool-break" in again.text
    assert 'value="yellow" checked' in again.text


def test_a_type_is_changed_moved_and_called_for_no_more(sue: FlaskClient, parts: Parts) -> None:
    page = sue.get(f"{SAFETY}?plant=north").text
    send(sue, f"{SAFETY}?plant=north", escalation_minutes="", colour="purple")
    send(sue, "/call-types", f"{SAFETY}/position?plant=north", to="down")
    moved = offered(sue)
    form = shown(sue, f"{SAFETY}?plant=north")
    del form["active"]
    sue.post(f"{SAFETY}?plant=north", data=form)
    refused = post(sue, "/lines/press/calls", on="/lines/press", station="s1", reason="safety")

    assert "<span>red</span>" in page
    assert moved[:2] == ["maintenance", "safety"]
    assert "safety" not in offered(sue)
    assert refused.status_code == 422
    assert [facts for _, _, facts in said(parts, "call_type")] == [
        {"colour": {"from": "red", "to": "purple"}, "escalation_minutes": {"from": 2, "to": None}},
        {"behind": "maintenance"},
        {"active": {"from": True, "to": False}},
    ]


def test_what_is_no_type_is_refused_beside_its_field(sue: FlaskClient, parts: Parts) -> None:
    late = send(sue, f"{SAFETY}?plant=north", response_minutes="0", resolve_minutes="99999")
    odd = send(sue, f"{SAFETY}?plant=north", colour="pink", urgency="meh")

    assert (late.status_code, odd.status_code) == (422, 422)
    assert late.text.count("Number must be between 1 and 1440") == 2
    assert odd.text.count("Not a valid choice") == 2
    assert said(parts, "call_type") == []


def test_a_later_save_of_an_older_form_is_told(sue: FlaskClient) -> None:
    before = shown(sue, f"{SAFETY}?plant=north")
    send(sue, f"{SAFETY}?plant=north", name="Danger")
    late = sue.post(f"{SAFETY}?plant=north", data=before | {"response_minutes": "2"})

    assert late.status_code == 409
    assert "Stored meanwhile: Danger." in late.text
    assert 'name="response_minutes" type="number" value="2"' in late.text.replace("required ", "")


def test_a_type_is_of_one_plant_and_for_supervisors(
    sue: FlaskClient, browser: Browser, parts: Parts
) -> None:
    change(parts, "INSERT INTO plant (slug, name, time_zone) VALUES ('south', 'South', 'UTC')")
    otto = browser("otto")
    token = csrf_token(otto, "/account/password")

    assert sue.get(f"{SAFETY}?plant=south").status_code == 404
    assert sue.get("/call-types/99").status_code == 404
    assert sue.get(f"/call-types/{2**70}").status_code == 404
    assert otto.get("/call-types").status_code == 403
    assert otto.post(SAFETY, data={"csrf_token": token, "name": "X"}).status_code == 403
    assert "Call types" in sue.get("/administration").text
    assert "Gateways" not in sue.get("/administration").text
    assert "Gateways" in browser("ada").get("/administration").text
