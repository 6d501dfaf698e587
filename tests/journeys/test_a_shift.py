"""A call on its way through a shift: an operator's tablet, a supervisor's phone, and the wall."""

import csv
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from app import models
from tests.builders import password_hash
from tests.journeys.gateway import Gateway
from tests.journeys.people import CALLED_MS, LIVE_MS, Visitors, count, follow, pull_the_cord
from tests.journeys.walls import FULL_HD, a_link
from tests.processes.conftest import Instance

pytestmark = pytest.mark.e2e

TABLET = ViewportSize(width=820, height=1180)
PHONE = ViewportSize(width=390, height=844)
# A leaderboard asks every five seconds.
COUNTED_MS = 15_000


@pytest.fixture
def wall(visitors: Visitors, instance: Instance) -> Page:
    page = visitors.stranger(viewport=FULL_HD)
    follow(page, a_link(instance, "north"))
    return page


@pytest.fixture
def sofia(visitors: Visitors, instance: Instance) -> Page:
    """The supervisor of this shift, before the board on her phone."""
    with instance.parts.database.transaction() as session:
        session.add(
            models.Operator(
                plant_id=instance.plant.id,
                username="sofia",
                name="Sofia",
                role="supervisor",
                password_hash=password_hash(),
            )
        )
    page = visitors.person("sofia", viewport=PHONE)
    follow(page, "/")
    return page


def test_a_call_is_seen_answered_handed_over_resolved_and_reported(
    otto: Page, sofia: Page, wall: Page, gateway: Gateway, instance: Instance
) -> None:
    otto.set_viewport_size(TABLET)
    alarms = sofia.get_by_role("region", name="Alarm bar")
    on_the_wall = wall.locator("#line-press").get_by_role("list", name="Open calls")
    otto.get_by_label("In a few words").fill("Guard is loose")
    pull_the_cord(otto, station="Station 1", reason="Safety")

    expect(on_the_wall).to_contain_text("Safety", timeout=CALLED_MS)
    expect(on_the_wall).to_contain_text("Nobody yet")
    expect(alarms).to_contain_text("Safety Press, Station 1", timeout=CALLED_MS)

    acknowledge(sofia, "I bring a spanner")

    expect(on_the_wall).to_contain_text("Sofia is on it", timeout=CALLED_MS)

    assert_counted(otto, gateway)
    hand_over(otto)
    resolve(sofia, "Guard is tight")

    expect(on_the_wall.get_by_role("listitem")).to_have_count(0, timeout=LIVE_MS)

    let_minutes_pass(instance)

    assert reported(sofia) == [("Press", "Station 1", "safety", "Otto")]


def acknowledge(page: Page, words: str) -> None:
    page.get_by_role("region", name="Alarm bar").get_by_role("link", name="Safety").click()
    calls = page.get_by_role("region", name="Open calls")
    expect(calls).to_contain_text("Guard is loose")
    calls.get_by_label("A few words about the call for Safety").fill(words)
    calls.get_by_role("button", name="Acknowledge").click()


def assert_counted(page: Page, gateway: Gateway) -> None:
    """What its operator makes is in the total beside the name, without a reload."""
    gateway.output("press", good=7, operator="otto")
    page.goto("/leaderboards/operators?window=all")
    own = page.get_by_role("listitem").filter(has_text=re.compile("Otto.*you", re.DOTALL))
    expect(own).to_be_visible(timeout=COUNTED_MS)
    total = own.locator(".rank-score")
    before = count(total)
    gateway.output("press", good=31, operator="otto")

    expect(total).to_have_text(f"{before + 31:,}", timeout=COUNTED_MS)


def hand_over(page: Page) -> None:
    """The next shift reads what happened, and takes the call over."""
    page.get_by_role("link", name="Handover").click()
    call = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Safety"))
    expect(call).to_contain_text("Otto raised it: Guard is loose")
    expect(call).to_contain_text("Sofia acknowledged it: I bring a spanner")
    call.get_by_label("A few words").fill("Late shift knows")
    call.get_by_role("button", name="Take over").click()

    expect(call).to_contain_text("Otto took it over: Late shift knows")


def resolve(page: Page, words: str) -> None:
    page.goto("/lines/press")
    page.get_by_label("A few words about the call for Safety").fill(words)
    page.get_by_role("button", name="Resolve").click()
    newest = page.get_by_role("region", name="Recent calls").get_by_role("row").nth(1)
    expect(newest).to_contain_text(words)


def let_minutes_pass(instance: Instance) -> None:
    """Sofia's calls were raised earlier by so much: a report ends with the last full minute."""
    with instance.parts.database.transaction() as session:
        sofia = session.query(models.Operator).filter_by(username="sofia").one()
        for call in session.query(models.Call).filter_by(acknowledged_by=sofia.id):
            call.raised_at -= timedelta(minutes=2)


def reported(page: Page) -> list[tuple[str, ...]]:
    """Where, what and by whom of the calls that Sofia answered and resolved in this shift."""
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("navigation", name="Reports").get_by_role("link", name="Calls").click()
    page.get_by_role("navigation", name="Time").get_by_role("link", name="Shift").click()
    expect(page.get_by_role("region", name="By kind")).to_contain_text("Safety")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with download.value.path().open(newline="", encoding="utf-8-sig") as lines:
        return [
            (row["line"], row["station"], row["kind"], row["raised_by"])
            for row in csv.DictReader(lines)
            if row["acknowledged_by"] == row["resolved_by"] == "Sofia"
        ]
