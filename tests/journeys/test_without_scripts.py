"""A browser that runs no scripts: every form does its work, and the next page shows it."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.builders import PASSWORD
from tests.journeys.gateway import Gateway
from tests.journeys.people import (
    PATIENCE_MS,
    Visitors,
    confirm,
    pull_the_cord,
    resolve_all,
    sign_in,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
def ada(visitors: Visitors) -> Page:
    """Ada in a session of her own: it moves to another name when she gives her password again."""
    page = visitors.stranger(scripts=False)
    sign_in(page, "ada")
    return page


def test_who_mistypes_the_password_is_told_and_comes_in_with_the_right_one(
    visitors: Visitors,
) -> None:
    visitors.expect("status of 422")
    page = visitors.stranger(scripts=False)
    page.goto("/reports/oee")
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("OEE")

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_call_is_raised_answered_taken_over_and_resolved(visitors: Visitors) -> None:
    page = visitors.person("otto", scripts=False)
    page.goto("/lines/press")
    page.get_by_label("In a few words").fill("No sheets left")
    pull_the_cord(page, station="Station 1", reason="Material")
    calls = page.get_by_role("region", name="Open calls")
    expect(calls).to_contain_text("No sheets left")
    calls.get_by_label("A few words about the call for Material").fill("On my way")
    calls.get_by_role("button", name="Acknowledge").click()
    expect(calls).to_contain_text("Otto is on it")
    page.get_by_role("link", name="Handover").click()
    page.get_by_role("button", name="Take over").first.click()
    expect(page.locator("main")).to_contain_text("Otto took it over")
    resolve_all(page, "press")

    newest = page.get_by_role("region", name="Recent calls").get_by_role("row").nth(1)
    expect(newest).to_contain_text("On my way")


def test_a_report_is_asked_for_by_its_days(visitors: Visitors) -> None:
    page = visitors.person("vera", scripts=False)
    page.goto("/reports/output")
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_label("to", exact=True).fill("2026-01-02")
    page.get_by_role("button", name="Show").click()

    expect(page.locator(".as-of")).to_contain_text("1 Jan 2026")


def test_a_screen_a_token_and_a_role_are_given_and_taken(ada: Page) -> None:
    confirm(ada, "/screens")
    ada.get_by_label("Where it hangs").fill("Hall 7")
    ada.get_by_role("button", name="Make a link").click()
    screen = ada.get_by_role("listitem").filter(has_text="Hall 7")
    screen.get_by_role("button", name="End").click()
    expect(screen).to_have_count(0)

    ada.goto("/account/tokens")
    ada.get_by_label("What uses it").fill("Energy dashboard")
    ada.get_by_role("button", name="Make a token").click()
    expect(ada.get_by_role("status")).to_contain_text("It is shown this once")
    token = ada.get_by_role("listitem").filter(has_text="Energy dashboard")
    token.get_by_role("button", name="Revoke").click()
    expect(token).to_have_count(0)

    ada.goto("/people")
    for role in ("supervisor", "viewer"):
        ada.get_by_label("Role of Vera").select_option(role)
        ada.get_by_role("button", name="Change role of Vera").click()

        expect(ada.get_by_label("Role of Vera")).to_have_value(role)


def test_a_gateway_is_made_and_its_token_shown_once(ada: Page) -> None:
    confirm(ada, "/gateways/new")
    ada.get_by_label("Name").fill("hall-7")
    ada.get_by_role("button", name="Make it and show its token").click()
    expect(ada.get_by_label("Copy it now")).to_have_value(re.compile(r"\S{20,}"))
    ada.get_by_role("link", name="I have it").click()
    gateway = ada.get_by_role("listitem").filter(has_text="hall-7")
    expect(gateway).to_contain_text("Not yet heard")
    gateway.get_by_role("button", name="Revoke").click()

    expect(gateway).to_contain_text("Revoked")


def test_why_a_line_stood_is_said_and_stays_said(visitors: Visitors, gateway: Gateway) -> None:
    for minutes in (90, 30):
        gateway.output("press", good=1, ago=timedelta(minutes=minutes))
    page = visitors.person("otto", scripts=False)
    stops = page.get_by_role("main").get_by_role("listitem").filter(has_text="Press")
    load_until(page, "/stops", stops.first)
    stops.first.get_by_label("Why Press stood").select_option("Bad parts")
    stops.first.get_by_label("A few words about it").fill("Burrs at the edge")
    stops.first.get_by_role("button", name="Save").click()
    page.goto("/lines/press")

    expect(page.get_by_role("region", name="Stops")).to_contain_text("Burrs at the edge")


def load_until(page: Page, path: str, shown: Locator) -> None:
    """Load the page until it shows that, as what was sent is stored."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    page.goto(path)
    while not shown.count() and time.monotonic() < deadline:
        page.goto(path)
    expect(shown).to_be_visible()


def test_the_strategies_are_tried_out(ada: Page) -> None:
    ada.goto("/ops")
    ada.get_by_role("button", name="Try it out").click()

    expect(ada.locator("#trial")).to_contain_text("Write-through")
