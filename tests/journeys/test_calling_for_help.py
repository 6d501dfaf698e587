"""The cord: pulled at a station, seen on every board, answered and done."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import LIVE_MS, Visitors, follow, pull_the_cord

pytestmark = pytest.mark.e2e


def test_a_call_is_seen_answered_and_gone_on_another_board_as_it_happens(
    visitors: Visitors, otto: Page
) -> None:
    vera = visitors.person("vera")
    stay = follow(vera, "/")
    tile = vera.locator("#line-press")
    call = tile.get_by_role("list", name="Open calls").get_by_role("listitem")
    expect(call).to_have_count(0)
    pull_the_cord(otto, station="Station 1", reason="Material")

    expect(call).to_contain_text("Material", timeout=LIVE_MS)
    expect(call).to_contain_text("Station 1")
    expect(call).to_contain_text("Nobody yet")
    expect(vera.locator("[data-announce]")).to_contain_text("Call on Press, Station 1: Material")

    otto.get_by_role("button", name="Acknowledge").click()

    expect(call).to_contain_text("Otto is on it", timeout=LIVE_MS)

    otto.get_by_role("button", name="Resolve").click()

    expect(call).to_have_count(0, timeout=LIVE_MS)
    assert stay.holds
    newest = otto.get_by_role("region", name="Recent calls").get_by_role("row").nth(1)
    expect(newest).to_contain_text("Material")
    expect(newest).not_to_contain_text("open")


def test_a_viewer_sees_calls_come_and_go_but_has_no_cord(visitors: Visitors, otto: Page) -> None:
    vera = visitors.person("vera")
    stay = follow(vera, "/lines/press")
    calls = vera.get_by_role("region", name="Open calls")
    buttons = vera.get_by_role("button", name=re.compile("Pull the cord|Acknowledge|Resolve"))
    expect(otto.get_by_role("button", name="Pull the cord")).to_be_visible()
    expect(buttons).to_have_count(0)
    pull_the_cord(otto, station="Station 1", reason="Quality")

    expect(calls.get_by_role("listitem")).to_contain_text("Quality", timeout=LIVE_MS)
    expect(calls.get_by_role("listitem")).to_contain_text("Nobody yet")
    expect(buttons).to_have_count(0)

    otto.get_by_role("button", name="Resolve").click()

    expect(calls).to_contain_text("No open calls", timeout=LIVE_MS)
    assert stay.holds


def test_a_second_call_for_the_same_reason_is_refused_in_words(
    visitors: Visitors, otto: Page
) -> None:
    visitors.expect("status of 409")
    pull_the_cord(otto, station="Station 1", reason="Help")
    expect(otto.get_by_role("button", name="Acknowledge")).to_be_visible()
    pull_the_cord(otto, station="Station 1", reason="Help")

    expect(otto.get_by_role("heading", level=1)).to_have_text("That cannot be done now")
