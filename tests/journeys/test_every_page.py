"""What holds for every page one can reach: by ear, on a telephone, without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.gateway import Gateway
from tests.journeys.people import Visitors, field, pull_the_cord, resolve_all

pytestmark = pytest.mark.e2e

FOLDER = Path(__file__).parent
LINKED_NOWHERE = ["/sign-in", "/nothing/here", "/account/confirmation"]
KNOWN = {
    *LINKED_NOWHERE,
    "/",
    "/lines/press",
    "/lines/weld",
    "/leaderboards/lines",
    "/leaderboards/operators",
    "/leaderboards/teams",
    "/account/sessions",
    "/account/password",
    "/handover",
    "/stops",
    "/reports/",
    "/reports/output",
    "/reports/downtime",
    "/reports/calls",
    "/reports/oee",
    "/api/docs",
}
FOR_ADMINISTRATORS = {
    *("/administration", "/audit", "/call-types", "/gateways", "/gateways/new", "/ops"),
    *("/people", "/plants", "/plants/north", "/plants/north/lines/1", "/screens", "/shifts"),
}


@pytest.fixture
def otto(gateway: Gateway, visitors: Visitors) -> Iterator[Visitors]:
    """Otto's visit to a floor on which much happened, with a call that waits."""
    visitors.expect("status of 404")
    gateway.output("press", good=12_345, scrap=678)
    gateway.reading("press-s1-temperature", *(20.0 + step for step in range(100)))
    page = visitors.person("otto")
    page.goto("/lines/press")
    pull_the_cord(page, station="Station 1", reason="Maintenance")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    yield visitors
    resolve_all(page, "press")


def every_page(page: Page) -> Iterator[str]:
    """Show one page after the other: all that links lead to, and those to which none does."""
    waiting, seen = ["/", *LINKED_NOWHERE], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        page.goto(path)
        yield path
        links = page.locator("a[href]:not([download])").evaluate_all(
            "links => links.filter(a => a.origin === location.origin).map(a => a.href)"
        )
        waiting.extend(urlsplit(link).path for link in links)


def found_in_every_page(page: Page, script: str, *, who: str) -> dict[str, list[str]]:
    """What the script finds, page by page."""
    words = (FOLDER / script).read_text()
    found = {path: page.evaluate(words) for path in every_page(page)}
    assert found.keys() >= KNOWN
    assert found.keys() & FOR_ADMINISTRATORS == (FOR_ADMINISTRATORS if who == "ada" else set())
    return {path: faults for path, faults in found.items() if faults}


@pytest.mark.parametrize("who", ["otto", "ada"])
def test_every_page_can_be_understood_by_ear(otto: Visitors, who: str) -> None:
    assert found_in_every_page(otto.person(who), "faults.js", who=who) == {}


@pytest.mark.parametrize("who", ["otto", "ada"])
def test_no_page_is_wider_than_a_telephone(otto: Visitors, who: str) -> None:
    page = otto.person(who, viewport={"width": 390, "height": 844})

    assert found_in_every_page(page, "too_wide.js", who=who) == {}


def test_without_scripts_the_board_and_a_line_are_complete(otto: Visitors) -> None:
    page = otto.person("otto", scripts=False)
    page.goto("/")

    expect(page.get_by_role("article")).to_have_count(2)
    expect(field(page, "#line-press", "word")).to_have_text("Running")
    expect(field(page, "#line-press", "actual")).to_have_text(re.compile(r"^\d{2,},\d{3}$"))
    expect(page.locator("#line-press")).to_contain_text("Maintenance")
    expect(page.locator("#line-press")).to_contain_text("Nobody yet")
    expect(page.locator('[data-count="running"]')).to_contain_text("1 running")
    expect(page.locator("[data-link]")).to_contain_text("As of")
    expect(page.locator("[data-banner]")).to_be_hidden()

    page.get_by_role("link", name="Press", exact=True).click()

    sensor = page.locator('[data-sensor="press-s1-temperature"]')
    expect(page.get_by_role("heading", level=1)).to_have_text("Press")
    expect(sensor).to_contain_text("119 °C")
    expect(sensor).to_contain_text("Too high")
    expect(sensor.locator("svg[role=img]")).to_be_visible()
    expect(page.locator("#history svg.history")).to_be_visible()
    expect(page.get_by_role("button", name="Show all")).to_be_hidden()

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("region", name="Open calls")).to_contain_text("Otto is on it")
