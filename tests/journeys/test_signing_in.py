"""Coming in and going out."""

import pytest
from playwright.sync_api import Page, expect

from tests.builders import PASSWORD
from tests.journeys.people import Visitors, sign_in

pytestmark = pytest.mark.e2e


def test_a_wrong_password_is_told_and_the_right_one_opens_the_board(
    page: Page, visitors: Visitors
) -> None:
    visitors.expect("status of 422")
    page.goto("/")
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("Username")).to_have_value("vera")
    expect(page.get_by_label("Password")).to_be_focused()

    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("North")
    expect(page.locator(".who-name")).to_have_text("Vera viewer")


def test_whoever_came_for_a_line_is_shown_it_after_signing_in(page: Page) -> None:
    page.goto("/lines/press")
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url("/lines/press")
    expect(page.get_by_role("heading", level=1)).to_have_text("Press")


def test_the_keyboard_is_enough_to_sign_in_and_to_skip_to_the_content(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("vera")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("North")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")

    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Press")).to_be_focused()


def test_whoever_signed_out_is_out_also_for_the_way_back(page: Page, visitors: Visitors) -> None:
    # The stream ends with the session; the page asks once more before it is left.
    visitors.expect("status of 401")
    sign_in(page, "vera")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.goto("/lines/press")

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
