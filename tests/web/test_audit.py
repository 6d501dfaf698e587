"""The audit trail, as an administrator reads it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.domain.audit.trail import PAGE
from app.models import Audit
from app.parts import Parts
from tests.builders import Plant
from tests.web.administering import send
from tests.web.browsers import Browser

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    return browser("ada")


@pytest.fixture
def trail(parts: Parts, plant: Plant) -> None:
    """Two pages and a bit of what Otto did, three at each moment."""
    with parts.database.transaction() as session:
        session.add_all(
            Audit(
                at=DAY + timedelta(hours=number // 3),
                actor_id=plant.people["otto"],
                address="10.0.0.7",
                action="call.raised",
                subject_kind="call",
                subject_id=str(number),
                facts={"note": "=1+1"} if number == 0 else {},
            )
            for number in range(2 * PAGE + 7)
        )


def subjects(page: str) -> list[str]:
    return re.findall(r'<span class="act-subject">([^<]*)<', page)


def test_pages_follow_one_another_without_a_gap(ada: FlaskClient, trail: None) -> None:
    found, path = [], "/audit?who=2"
    while path:
        page = ada.get(path).text
        found.append(subjects(page))
        older = re.search(r'href="(/audit\?[^"]*before=[^"]*)">Older', page)
        path = older[1].replace("&amp;", "&") if older else ""

    assert [len(page) for page in found] == [PAGE, PAGE, 7]
    assert [int(one) for page in found for one in page] == list(reversed(range(2 * PAGE + 7)))


def test_it_is_sought_by_day_person_kind_and_subject(ada: FlaskClient, trail: None) -> None:
    send(ada, "/plants/north/lines/1", name="Great Press")
    day = ada.get("/audit?since=2026-03-02&until=2026-03-02").text
    by_ada = ada.get("/audit?who=3").text
    lines = ada.get("/audit?action=line.").text

    assert subjects(day)[0] == "71"
    assert subjects(by_ada) == subjects(lines) == ["press"]
    assert "Press → Great Press" in by_ada
    assert "Ada" in lines
    assert subjects(ada.get("/audit?subject=12").text) == ["12"]
    assert "Nothing of that was done" in ada.get("/audit?subject=nobody").text


def test_all_that_is_sought_is_a_file(ada: FlaskClient, trail: None) -> None:
    answer = ada.get("/audit/trail.csv?who=2&since=2026-03-02&until=2026-03-02")
    rows = answer.text.splitlines()

    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert len(rows) == 1 + 24 * 3
    assert rows[1].startswith("2026-03-02 23:00:00+00:00,Otto,otto,10.0.0.7,call.raised,call,71,")
    assert '""note"":""=1+1""' in rows[-1]


@pytest.mark.parametrize("query", ["who=abc", "since=yesterday", "action=god", "who=99"])
def test_a_question_that_is_none_is_said_beside_its_field(
    ada: FlaskClient, trail: None, query: str
) -> None:
    page = ada.get(f"/audit?{query}")

    assert page.status_code == 200
    assert "field-errors" in page.text
    assert subjects(page.text) == []
    assert ada.get(f"/audit/trail.csv?{query}").status_code == 422


def test_what_cannot_be_is_refused(ada: FlaskClient, browser: Browser) -> None:
    for key in ("x", "2026-01-01_x", "yesterday_1"):
        assert ada.get("/audit", query_string={"before": key}).status_code == 400
    for key in (f"2026-01-01T00:00:00+00:00_{2**70}", "0001-01-01T00:00_1"):
        assert ada.get("/audit", query_string={"before": key}).status_code < 500
    assert ada.get("/audit?until=9999-12-31").status_code == 200
    for path in ("/audit", "/audit/trail.csv"):
        assert browser("otto").get(path).status_code == 403
