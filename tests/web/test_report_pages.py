"""Reports as pages and as files: what they say, refuse, keep and escape."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product

import pytest
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as Unreachable
from sqlalchemy import text

from app.models import Output
from app.parts import Parts
from tests.builders import Plant
from tests.web.browsers import kept

PAGES = ["/reports/", "/reports/output", "/reports/downtime", "/reports/calls", "/reports/oee"]
MONDAY = "from=2026-03-02&to=2026-03-02"
# Noon on that day in the plant's zone, an hour ahead of UTC.
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def rows_of(page: str) -> list[list[str]]:
    """Every row of every table of a page, without its markup, and with plain dashes."""
    page = page.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-")
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in rows
    ]


def test_who_has_not_signed_in_is_asked_to(client: FlaskClient, plant: Plant) -> None:
    for path in (*PAGES, *(f"{page}.csv" for page in PAGES[1:])):
        answer = client.get(f"{path}?range=week")

        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?next=%2Freports%2F")


def test_every_report_is_given_of_every_time_and_says_how_old_it_is(vera: FlaskClient) -> None:
    for path, key in product(PAGES, ("shift", "today", "yesterday", "week", "month", "year")):
        answer = vera.get(f"{path}?range={key}")

        assert answer.status_code == 200
        assert re.search(r"As of <time datetime=\"[^\"]+\">\d\d:\d\d:\d\d</time>", answer.text)
        assert re.search(r"<time data-age [^>]+>\d+ s</time> ago", answer.text)


def test_output_says_what_was_made_and_what_was_due(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/output?{MONDAY}").text

    assert ["12:00", "25", "60", "-35", "41.7%", "5"] in rows_of(page)
    assert ["13:00", "5", "-", "-", "no target", "1"] in rows_of(page)
    assert ["Press", "30", "60", "-30", "50.0%", "6"] in rows_of(page)
    assert 'class="bar-good"' in page


def test_output_by_shift_is_told_by_the_shifts_times(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/output?{MONDAY}&by=shift").text

    assert ["12:00-13:00", "25", "60", "-35", "41.7%", "5"] in rows_of(page)


def test_downtime_says_which_line_stood_and_when(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/downtime?{MONDAY}").text

    assert ["Press", "40 min", "100.0%", "100.0%", "1", "40 min", "40 min"] in rows_of(page)
    assert ["Press", "Mon 02 Mar, 12:00", "Mon 02 Mar, 12:40", "40 min", "not said"] in rows_of(
        page
    )
    assert "Not said" in vera.get(f"/reports/downtime?{MONDAY}&by=reason").text


def test_calls_say_how_soon_somebody_came(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/calls?{MONDAY}").text
    times = ["1", "3 min", "3 min", "3 min", "0", "38 min", "38 min", "38 min", "1"]

    assert ["Material", *times] in rows_of(page)
    assert ["Press", *times] in rows_of(page)


def test_oee_says_what_went_in(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/oee?{MONDAY}").text

    assert "ran 20 min of 1 h 0 min planned; stood 40 min" in page
    assert "made 36 of 120 possible" in page
    assert "30 good of 36 made, 6 scrap" in page
    assert page.count("8.3%") == 2  # of the line, and of all lines together


def test_a_plant_where_nothing_happened_says_so(vera: FlaskClient) -> None:
    told = {path: vera.get(f"{path}?from=2026-01-01&to=2026-01-02").text for path in PAGES}

    assert "No line with a target stood" in told["/reports/downtime"]
    assert "Nobody pulled the cord" in told["/reports/calls"]
    assert "no target" in told["/reports/output"]
    assert "0.0%" not in told["/reports/oee"]


@pytest.mark.parametrize("report", ["output", "oee"])
def test_a_time_that_cannot_be_is_explained_where_another_is_chosen(
    vera: FlaskClient, report: str
) -> None:
    for query, why in (
        ("from=2026-03-03&to=2026-03-02", "is after the last one"),
        ("from=tomorrow", "is no day like"),
        ("from=2020-01-01&to=2026-01-01", "longer than 366 days"),
        ("range=fortnight", "no time called fortnight"),
    ):
        answer = vera.get(f"/reports/{report}?{query}")

        assert answer.status_code == 422
        assert why in answer.text
        assert 'type="date"' in answer.text
        assert vera.get(f"/reports/{report}.csv?{query}").status_code == 422


def test_what_was_asked_is_escaped_where_it_is_refused(vera: FlaskClient) -> None:
    page = vera.get("/reports/output?by=%3Cscript%3E&from=%22%3E%3Cb%3E").text

    assert "<script>" not in page.replace("<script ", "")
    assert '"><b>' not in page


def test_a_plant_that_is_not_there_is_not_found(vera: FlaskClient) -> None:
    assert vera.get("/reports/output?plant=nowhere").status_code == 404
    assert vera.get("/reports/oee.csv?plant=nowhere").status_code == 404


def test_the_way_to_another_report_keeps_plant_and_time(vera: FlaskClient) -> None:
    page = vera.get(f"/reports/output?{MONDAY}&by=hour").text

    assert f'href="/reports/oee?plant=north&amp;{MONDAY.replace("&", "&amp;")}"' in page
    assert (
        f'href="/reports/output.csv?plant=north&amp;{MONDAY.replace("&", "&amp;")}&amp;by=hour"'
        in page
    )


Look = Callable[[str], str]


@pytest.fixture
def look(vera: FlaskClient) -> Look:
    """Asks for a page until all it keeps is kept; gives the last one's text."""
    return partial(kept, vera)


def test_a_time_that_is_over_is_not_asked_twice(
    vera: FlaskClient, look: Look, queries: list[str]
) -> None:
    for path in PAGES[1:]:
        look(f"{path}?{MONDAY}")
        queries.clear()
        vera.get(f"{path}?{MONDAY}")

        assert not queries


def test_what_goes_on_is_kept_on_other_terms_than_what_is_over(
    vera: FlaskClient, parts: Parts
) -> None:
    parts.cache.counts.clear()
    vera.get(f"/reports/downtime?{MONDAY}")
    vera.get("/reports/calls?range=today")
    asked = {query for query, _ in parts.cache.counts}

    assert {"downtime-over", "longest-stops-over", "call-times-going-on"} <= asked
    assert not {"downtime-going-on", "call-times-over"} & asked


def test_what_is_over_is_told_with_its_age_until_its_hour_is_up(
    vera: FlaskClient, look: Look, parts: Parts, plant: Plant
) -> None:
    before = look(f"/reports/output?{MONDAY}")
    with parts.database.transaction() as session:
        session.add(
            Output(id=uuid.uuid4(), line_id=plant.lines["press"], at=NOON, good=900, scrap=0)
        )
    after = look(f"/reports/output?{MONDAY}")

    as_of = re.compile(r"As of <time[^>]*>")
    assert as_of.findall(before) == as_of.findall(after)
    assert "930" not in after


def test_a_new_plan_and_a_call_are_in_the_next_report(
    vera: FlaskClient, look: Look, parts: Parts, plant: Plant
) -> None:
    for path in ("output", "calls"):
        look(f"/reports/{path}?{MONDAY}")
    with parts.database.transaction() as session:
        session.execute(text("UPDATE shift SET target = 120 WHERE target = 60"))
        session.execute(text("UPDATE call SET resolved_at = raised_at + interval '90 min'"))

    assert ["Press", "30", "120", "-90", "25.0%", "6"] in rows_of(
        vera.get(f"/reports/output?{MONDAY}").text
    )
    assert "1 h 30 min" in vera.get(f"/reports/calls?{MONDAY}").text


def test_reports_are_given_without_the_cache(
    vera: FlaskClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unreachable

    for name in ("look", "validate"):
        monkeypatch.setattr(parts.cache.store, name, away)

    assert ["Press", "30", "60", "-30", "50.0%", "6"] in rows_of(
        vera.get(f"/reports/output?{MONDAY}").text
    )
