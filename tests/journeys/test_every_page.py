"""What holds for every page there is: by ear, for axe, on a telephone, without scripts."""

import re
from collections.abc import Iterator
from datetime import time

import pytest
from playwright.sync_api import Browser, StorageState, expect
from sqlalchemy import update

from app import models
from app.factory import create_app
from tests.journeys.gateway import Gateway
from tests.journeys.people import Visitors, confirm, field, pull_the_cord, resolve_all, sign_in
from tests.journeys.walking import Walk, every_page, walk
from tests.journeys.walls import a_link
from tests.processes.conftest import Instance

# The walk looks at some thirty pages four times each.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

LINKED_NOWHERE = ["/sign-in", "/nothing/here", "/account/confirmation"]
FOR_ADMINISTRATORS = {
    *("/administration", "/audit", "/call-types", "/gateways", "/gateways/new", "/ops"),
    *("/people", "/plants", "/plants/north", "/plants/north/lines/1", "/screens", "/shifts"),
    "/stop-reasons",
}
# What programs and the pages themselves ask for.
NO_PAGE = re.compile(r"^/(api/v1|static|uplot)/|\.(json|csv)$|^/(healthz|readyz|metrics)$")
# The one page of the walk that is not there.
ASKED_FOR_NOTHING = r"status of 404 .*/nothing/here$"


@pytest.fixture(scope="module")
def floor(
    browser: Browser,
    instance: Instance,
    passes: dict[str, StorageState],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Visitors]:
    """A floor on which much happened, with a call that waits, and who visits it."""
    with instance.parts.database.transaction() as session:
        sensor = update(models.Sensor).where(models.Sensor.slug == "press-s1-temperature")
        session.execute(sensor.values(hold_seconds=0))  # its alert goes as soon as it may
    gateway = Gateway(instance.url("web", ""), instance.plant.token)
    gateway.output("press", good=12_345, scrap=678, operator="otto")
    gateway.reading("press-s1-temperature", *(20.0 + step for step in range(100)))
    a_shift_pattern(instance)
    album = tmp_path_factory.mktemp("walk")
    visitors = Visitors(browser, instance.url("web", ""), passes, album)
    visitors.expect(ASKED_FOR_NOTHING)
    page = visitors.person("otto")
    page.goto("/lines/press")
    pull_the_cord(page, station="Station 1", reason="Maintenance")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    yield visitors
    resolve_all(page, "press")
    gateway.reading("press-s1-temperature", 50.0)
    gateway.close()
    expect(page.get_by_role("region", name="Alarm bar")).to_contain_text("No open calls")
    expect(page.locator(".alarm")).to_have_count(0)
    visitors.leave()


@pytest.fixture(scope="module")
def walked(floor: Visitors, instance: Instance) -> Walk:
    """The walk of Ada, who gave her password again and may see everything, to a wall, too."""
    page = floor.stranger()
    sign_in(page, "ada")
    confirm(page, "/gateways/new")
    return walk(page, ["/", *LINKED_NOWHERE, a_link(instance, "north")])


def a_shift_pattern(instance: Instance) -> None:
    """One that is not followed: it makes no shifts, and has a page."""
    with instance.parts.database.transaction() as session:
        session.add(
            models.ShiftPattern(
                plant_id=instance.plant.id,
                name="Early",
                starts_at=time(6),
                ends_at=time(14),
                weekdays=[1, 2, 3],
                breaks=[["09:00", "09:15"]],
                targets={},
                active=False,
            )
        )


def pages(instance: Instance) -> dict[str, str]:
    """The endpoints whose answer is a page, and their rules."""
    rules = create_app(instance.config, instance.parts).url_map.iter_rules()
    return {
        rule.endpoint: rule.rule
        for rule in rules
        if "GET" in (rule.methods or ()) and not NO_PAGE.search(rule.rule)
    }


def test_every_page_of_the_url_map_is_walked(walked: Walk, instance: Instance) -> None:
    found = create_app(instance.config, instance.parts).url_map.bind("")
    came = {found.match(path)[0] for path in walked.paths if path != "/nothing/here"}

    assert {rule for endpoint, rule in pages(instance).items() if endpoint not in came} == set()


def test_axe_finds_nothing_on_any_page_light_or_dark_narrow_or_wide(walked: Walk) -> None:
    assert walked.axe == []


def test_every_page_can_be_understood_by_ear(walked: Walk) -> None:
    assert walked.by_ear == []


def test_no_page_is_wider_than_its_window(walked: Walk) -> None:
    assert walked.too_wide == []


def test_no_page_complains_and_nothing_it_asks_for_is_refused(
    walked: Walk, floor: Visitors
) -> None:
    assert len(walked.paths) > len(LINKED_NOWHERE)
    assert floor.complaints == []


def test_who_is_no_administrator_is_shown_no_way_to_their_pages(floor: Visitors) -> None:
    seen = set(every_page(floor.person("otto", scripts=False), ["/"]))

    assert seen >= {"/lines/press", "/stops", "/handover", "/reports/oee", "/account/sessions"}
    assert seen & FOR_ADMINISTRATORS == set()


def test_without_scripts_the_board_and_a_line_are_complete(
    floor: Visitors, gateway: Gateway
) -> None:
    gateway.output("press", good=1)
    gateway.reading("press-s1-temperature", 119.0)
    page = floor.person("otto", scripts=False)
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
