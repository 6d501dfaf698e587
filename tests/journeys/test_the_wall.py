"""A screen on a wall: opened once, then left alone."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from app import models
from tests.builders import PASSWORD
from tests.journeys.gateway import Gateway
from tests.journeys.people import LIVE_MS, Visitors, count, field, follow, sign_in
from tests.journeys.walls import FULL_HD, a_link
from tests.processes.conftest import Instance

pytestmark = pytest.mark.e2e

LINES = 23
TURN_MS, ASK_MS = 15_000, 60_000


@pytest.fixture(scope="module")
def link(instance: Instance) -> str:
    """The link of a screen in the plant north."""
    return a_link(instance, "north")


@pytest.fixture(scope="module")
def large(instance: Instance) -> Iterator[str]:
    """The link of a screen in a plant with more lines than a wall can show at once."""
    with instance.parts.database.transaction() as session:
        plant = models.Plant(slug="large", name="Large", time_zone="Europe/Berlin")
        session.add(plant)
        session.flush()
        lines = [
            models.Line(
                plant_id=plant.id,
                slug=f"line-{number:02}",
                name=f"Line {number}",
                position=number,
                target_per_hour=60,
            )
            for number in range(LINES)
        ]
        session.add_all(lines)
    yield a_link(instance, "large")
    with instance.parts.database.transaction() as session:
        session.query(models.Screen).delete()
        for row in (*lines, plant):
            session.delete(session.merge(row))


def test_an_administrator_makes_a_link_and_ends_it(visitors: Visitors) -> None:
    # A session of her own: it moves to another name when she gives her password again.
    page, wall = visitors.stranger(), visitors.stranger(viewport=FULL_HD)
    sign_in(page, "ada")
    visitors.expect("status of 403")
    page.goto("/account/confirmation?next=/screens")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Where it hangs").fill("Hall 2, west wall")
    page.get_by_role("button", name="Make a link").click()
    screen = page.get_by_role("listitem").filter(has_text="Hall 2, west wall")
    wall.goto(str(screen.get_by_role("link").get_attribute("href")))
    expect(wall.get_by_role("heading", level=1)).to_have_text("North")
    screen.get_by_role("button", name="End").click()
    expect(screen).to_have_count(0)
    wall.reload()

    expect(wall.locator("main")).to_contain_text("an administrator makes a new one")


def test_a_wall_follows_the_floor(visitors: Visitors, gateway: Gateway, link: str) -> None:
    wall = visitors.stranger(viewport=FULL_HD)
    stay = follow(wall, link)
    before = count(field(wall, "#line-press", "actual"))
    gateway.output("press", good=5)
    wall.wait_for_function(
        "text => document.querySelector('#line-press [data-field=actual]').textContent === text",
        arg=f"{before + 5:,}",
        timeout=LIVE_MS,
    )

    assert "key=" not in wall.url
    assert wall.get_by_role("button").count() == 0
    assert wall.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert stay.holds


def test_many_lines_are_shown_by_turns(visitors: Visitors, large: str) -> None:
    wall = visitors.stranger(viewport=FULL_HD)
    wall.clock.install()
    wall.goto(large)
    first = shown(wall)
    wall.clock.run_for(TURN_MS + 100)
    second = shown(wall)
    wall.clock.run_for(TURN_MS)

    assert (len(first), len(second)) == (20, 3)
    assert not set(first) & set(second)
    assert shown(wall) == first
    expect(wall.locator("[data-turn]")).to_have_text("1 of 2")


def test_a_wall_loads_itself_anew_after_a_deployment(visitors: Visitors, link: str) -> None:
    wall = visitors.stranger(viewport=FULL_HD)
    # It asks when each minute is full: time that went on would end the question.
    wall.add_init_script("Math.random = () => 0")
    wall.clock.install()
    stay = follow(wall, link)
    for _ in range(3):
        let_it_ask(wall)
    same_version = stay.holds
    wall.route("**/board.json", of_another_version)
    let_it_ask(wall)
    once_is_no_proof = stay.holds
    with wall.expect_navigation():
        let_it_ask(wall)

    assert (same_version, once_is_no_proof) == (True, True)
    expect(wall.locator("[data-link-word]")).to_have_text("Live")
    assert not stay.holds


def test_a_wall_without_its_server_says_so_and_stays(
    visitors: Visitors, instance: Instance, link: str
) -> None:
    visitors.expect("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET")
    wall = visitors.stranger(viewport=FULL_HD)
    stay = follow(wall, link)
    wall.clock.install()
    instance.stop("live")
    instance.stop("web")
    wall.clock.run_for(26 * 3_600_000)
    banner = wall.locator("[data-banner]")
    try:
        expect(banner).to_contain_text("Stale since")
        assert stay.holds
    finally:
        instance.start("web", "live")


def shown(wall: Page) -> list[str]:
    """The lines that can be seen."""
    names: list[str] = wall.locator(".tile-name:visible").all_inner_texts()
    return names


def let_it_ask(wall: Page) -> None:
    """Let a minute pass, in which the wall asks once."""
    with wall.expect_response("**/board.json"):
        wall.clock.run_for(ASK_MS)


def of_another_version(route: Route) -> None:
    body = route.fetch().json() | {"version": "another"}
    route.fulfill(body=json.dumps(body), content_type="application/json")
