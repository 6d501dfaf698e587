"""A page never passes old news off as new, and catches up by itself."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.gateway import Gateway
from tests.journeys.people import Visitors, count, field, follow
from tests.processes.conftest import Instance

pytestmark = pytest.mark.e2e

# The page's own grace and its waits between two attempts, on a machine that does much else.
SOON_MS = 20_000
STALE = re.compile(r"\bstale\b")
SINCE = re.compile(r"^Stale since \d\d:\d\d$")


@pytest.fixture
def unsteady(instance: Instance, visitors: Visitors) -> Iterator[Instance]:
    """The instance, whose live process is there again afterwards."""
    # The browser notes every attempt that fails.
    visitors.expect("net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING)")
    yield instance
    if "live" not in instance.processes:
        instance.start("live")


def expect_stale(page: Page) -> None:
    expect(page.locator("[data-banner-text]")).to_have_text(SINCE, timeout=SOON_MS)
    expect(page.locator("[data-banner-text]")).to_be_visible()
    expect(page.locator("body")).to_have_class(STALE)


def expect_fresh(page: Page, word: str) -> None:
    expect(page.locator("[data-link-word]")).to_have_text(word, timeout=SOON_MS)
    expect(page.locator("[data-banner]")).to_be_hidden()
    expect(page.locator("body")).not_to_have_class(STALE)


def test_pages_that_lose_the_stream_say_since_when_they_are_stale_and_then_show_what_they_missed(
    visitors: Visitors, gateway: Gateway, unsteady: Instance
) -> None:
    gateway.reading("press-s1-pressure", 20.0)
    board, line = visitors.person("vera"), visitors.person("vera")
    stays = [follow(board, "/"), follow(line, "/lines/press")]
    good = count(field(board, "#line-press", "actual"))
    unsteady.stop("live")

    expect_stale(board)
    expect_stale(line)

    gateway.output("press", good=5)
    gateway.reading("press-s1-pressure", 30.0, 33.25)
    unsteady.start("live")

    expect_fresh(board, "Live")
    expect_fresh(line, "Live")
    expect(field(board, "#line-press", "actual")).to_have_text(f"{good + 5:,}")
    expect(field(line, '[data-sensor="press-s1-pressure"]', "value")).to_have_text("33.25")
    assert [stay.holds for stay in stays] == [True, True]


def test_a_stream_that_falls_silent_is_not_believed(
    visitors: Visitors, gateway: Gateway, unsteady: Instance
) -> None:
    page = visitors.person("vera")
    page.clock.install()
    stay = follow(page, "/")
    good = count(field(page, "#line-press", "actual"))
    process = unsteady.processes["live"].pid
    os.killpg(process, signal.SIGSTOP)
    try:
        page.clock.fast_forward(60_000)

        expect_stale(page)

        gateway.output("press", good=3)
    finally:
        os.killpg(process, signal.SIGCONT)

    expect_fresh(page, "Live")
    expect(field(page, "#line-press", "actual")).to_have_text(f"{good + 3:,}")
    assert stay.holds


def test_a_board_without_a_stream_asks_the_server_until_it_hears_again(
    visitors: Visitors, gateway: Gateway, unsteady: Instance
) -> None:
    page = visitors.person("vera")
    stay = follow(page, "/")
    good = count(field(page, "#line-press", "actual"))
    unsteady.kill("live")

    expect_fresh(page, "Polling")

    gateway.output("press", good=4)

    expect(field(page, "#line-press", "actual")).to_have_text(f"{good + 4:,}", timeout=SOON_MS)

    unsteady.start("live")

    expect_fresh(page, "Live")
    assert stay.holds
