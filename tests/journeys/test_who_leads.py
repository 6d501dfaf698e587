"""A leaderboard that somebody looks at goes on by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.gateway import Gateway
from tests.journeys.people import Visitors, count

pytestmark = pytest.mark.e2e

# It asks every five seconds.
SOON_MS = 15_000


@pytest.fixture
def board(visitors: Visitors, gateway: Gateway) -> Page:
    gateway.output("press", good=1)
    page = visitors.person("vera")
    page.goto("/leaderboards/lines?window=all")
    expect(page.locator(".rank").filter(has_text="Press")).to_be_visible(timeout=SOON_MS)
    return page


def test_what_is_made_shows_without_a_reload(board: Page, gateway: Gateway) -> None:
    before = count(board.locator(".podium-1 .rank-score"))
    gateway.output("press", good=777_777)

    board.wait_for_function(
        """least => {
          const score = document.querySelector(".podium-1 .rank-score").textContent;
          return Number(score.replaceAll(",", "")) >= least;
        }""",
        arg=before + 777_777,
        timeout=SOON_MS,
    )


def test_a_board_that_hears_nothing_says_so_and_comes_back(board: Page, visitors: Visitors) -> None:
    visitors.expect("net::ERR_INTERNET_DISCONNECTED")
    board.context.set_offline(True)
    expect(board.locator("[data-banner-text]")).to_have_text(re.compile("^Stale since"))
    board.context.set_offline(False)

    expect(board.locator("[data-banner]")).to_be_hidden(timeout=SOON_MS)


def test_who_was_signed_out_is_told(board: Page) -> None:
    board.context.clear_cookies()

    expect(board.locator("[data-banner-text]")).to_have_text("Signed out", timeout=SOON_MS)
    expect(board.get_by_role("link", name="Sign in")).to_be_visible()
