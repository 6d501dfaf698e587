"""A critical call's whole way: pulled, answered on a phone, handed over, done; and its sound."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import CALLED_MS, LIVE_MS, Visitors, follow, pull_the_cord

pytestmark = pytest.mark.e2e

COUNTING = """
document.addEventListener("alarm:sounded", () => {
  const { dataset } = document.documentElement;
  dataset.sounded = Number(dataset.sounded ?? 0) + 1;
});
"""


def test_a_critical_call_is_answered_on_a_phone_handed_over_and_resolved(
    visitors: Visitors, otto: Page
) -> None:
    visitors.expect("status of 409")
    vera = visitors.person("vera")
    stay = follow(vera, "/")
    alarm = vera.get_by_role("region", name="Alarm bar").get_by_role("listitem")
    tile = vera.locator("#line-press").get_by_role("list", name="Open calls")
    otto.get_by_label("In a few words").fill("Oil on the floor")
    pull_the_cord(otto, station="Station 1", reason="Safety")

    expect(alarm).to_contain_text("Safety Press, Station 1", timeout=CALLED_MS)
    expect(tile).to_contain_text("Nobody yet")

    pull_the_cord(otto, station="Station 1", reason="Maintenance")

    expect(otto.locator("main")).to_contain_text("Press has critical call")
    otto.get_by_role("link", name="See call").click()
    expect(otto.get_by_role("region", name="Open calls")).to_contain_text("Oil on the floor")

    ada = visitors.person("ada", viewport={"width": 390, "height": 844})
    ada.goto("/")
    ada.get_by_role("region", name="Alarm bar").get_by_role("link", name="Safety").click()
    ada.get_by_label("A few words about the call for Safety").fill("Bringing sand")
    ada.get_by_role("button", name="Acknowledge").click()

    expect(alarm).to_contain_text("Ada is on it", timeout=CALLED_MS)
    expect(tile).to_contain_text("Ada is on it")
    expect(ada.get_by_role("region", name="Open calls")).to_contain_text("Bringing sand")

    ada.get_by_role("link", name="Handover").click()
    call = ada.get_by_role("listitem").filter(has=ada.get_by_role("heading", name="Safety"))
    expect(call).to_contain_text("Otto raised it: Oil on the floor")
    expect(call).to_contain_text("Ada acknowledged it: Bringing sand")
    call.get_by_label("A few words").fill("Late shift knows")
    call.get_by_role("button", name="Take over").click()

    expect(call).to_contain_text("Ada took it over: Late shift knows")

    ada.get_by_role("heading", name="Safety").get_by_role("link").click()
    ada.get_by_label("A few words about the call for Safety").fill("Floor is dry")
    ada.get_by_role("button", name="Resolve").click()

    expect(alarm).to_have_count(0, timeout=LIVE_MS)
    expect(vera.get_by_role("region", name="Alarm bar")).to_contain_text("No open calls")
    newest = ada.get_by_role("region", name="Recent calls").get_by_role("row").nth(1)
    expect(newest).to_contain_text("in time")
    expect(newest).to_contain_text("Floor is dry")
    assert stay.holds


def sounded(page: Page) -> int:
    """How often this page has sounded by now."""
    return int(page.locator("html").get_attribute("data-sounded") or 0)


def test_it_sounds_once_allowed_until_acknowledged_and_the_screen_remembers(
    visitors: Visitors, otto: Page
) -> None:
    visitors.expect("AudioContext was not allowed to start")
    vera = visitors.person("vera")
    vera.add_init_script(COUNTING)
    follow(vera, "/")
    button = vera.get_by_role("button", name="Sound")
    pull_the_cord(otto, station="Station 1", reason="Safety")
    expect(vera.get_by_role("region", name="Alarm bar")).to_contain_text("Safety")

    expect(button).to_have_text("Sound: off")
    vera.wait_for_timeout(1_500)
    assert sounded(vera) == 0

    button.click()

    expect(button).to_have_text("Sound: on")
    expect(vera.locator("html")).to_have_attribute("data-sounded", re.compile("[2-9]"))

    otto.get_by_role("button", name="Acknowledge").click()
    expect(vera.get_by_role("region", name="Alarm bar")).to_contain_text("Otto is on it")
    before = sounded(vera)
    vera.wait_for_timeout(3_000)
    assert sounded(vera) == before

    vera.reload()

    expect(button).to_have_attribute("aria-pressed", "true")
    vera.locator("h1").click()  # the gesture a browser may want
    expect(button).to_have_text("Sound: on")

    button.click()
    vera.reload()

    expect(button).to_have_text("Sound: off")


def test_words_that_are_being_written_survive_what_happens_meanwhile(
    visitors: Visitors, otto: Page
) -> None:
    pull_the_cord(otto, station="Station 1", reason="Quality")
    expect(otto.get_by_role("button", name="Acknowledge")).to_be_visible()
    ada = visitors.person("ada")
    stay = follow(ada, "/lines/press")
    words = ada.get_by_label("A few words about the call for Quality")
    words.fill("Looking at the bur")
    pull_the_cord(otto, station="Station 1", reason="Help")

    expect(ada.get_by_role("region", name="Open calls").get_by_text("Help").first).to_be_visible()
    expect(words).to_have_value("Looking at the bur")
    expect(words).to_be_focused()
    assert stay.holds
