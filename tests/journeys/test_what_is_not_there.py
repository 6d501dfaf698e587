"""Pages of a plant that has nothing yet, and pages instead of those that were asked for."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app import models
from tests.journeys.people import Visitors
from tests.journeys.walking import DESK, Walk
from tests.processes.conftest import Instance

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EMPTY = (
    "/?plant=empty",
    "/lines/bare",
    "/handover?plant=empty",
    "/leaderboards/lines?plant=empty",
    "/leaderboards/operators?plant=empty&window=all",
    "/reports/?plant=empty",
    "/reports/output?plant=empty",
    "/reports/downtime?plant=empty",
    "/reports/calls?plant=empty",
    "/reports/oee?plant=empty",
)


@pytest.fixture
def empty(instance: Instance) -> Iterator[None]:
    """A plant without anything, and another with a line that has neither station nor shift."""
    plants = [
        models.Plant(slug=slug, name=slug.title(), time_zone="Europe/Berlin")
        for slug in ("empty", "waiting")
    ]
    with instance.parts.database.transaction() as session:
        session.add_all(plants)
        session.flush()
        line = models.Line(
            plant_id=plants[1].id, slug="bare", name="Bare", position=1, target_per_hour=60
        )
        session.add(line)
    yield
    with instance.parts.database.transaction() as session:
        for row in (line, *plants):
            session.delete(session.merge(row))


def look_at(page: Page, *paths: str) -> Walk:
    walked = Walk()
    for path in paths:
        page.set_viewport_size(DESK)
        page.goto(path)
        walked.look(page)
    return walked


@pytest.mark.usefixtures("empty")
def test_a_plant_that_has_nothing_yet_says_so_on_every_page(visitors: Visitors) -> None:
    page = visitors.person("ada")

    assert look_at(page, *EMPTY).found == []

    page.goto("/?plant=empty")

    expect(page.locator("main")).to_contain_text("no lines yet")

    page.goto("/lines/bare")

    expect(page.locator("main")).to_contain_text("this line has no stations")
    expect(page.get_by_role("button", name="Pull the cord")).to_have_count(0)


def test_a_page_instead_of_another_is_a_page_like_any_other(visitors: Visitors) -> None:
    visitors.expect("status of (403|404|422)")
    page = visitors.person("otto")

    assert (
        look_at(
            page, "/people", "/lines/none", "/reports/output?from=2026-12-02&to=2026-12-01"
        ).found
        == []
    )

    page.goto("/lines/none")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    expect(page.get_by_role("navigation", name="Andon")).to_contain_text("Board")


def test_without_the_cache_a_page_says_so_and_comes_back_by_itself(
    visitors: Visitors, instance: Instance
) -> None:
    visitors.expect("status of 503|ERR_")
    page = visitors.person("otto")
    instance.valkey.signal(signal.SIGSTOP)
    try:
        walked = look_at(page, "/leaderboards/lines")
        words = page.locator("main").inner_text()
    finally:
        instance.valkey.signal(signal.SIGCONT)

    assert walked.found == []
    assert "The lines themselves go on" in words
    expect(page.get_by_role("heading", level=1)).to_have_text("Who made most", timeout=20_000)
