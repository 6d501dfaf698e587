"""Pages that are left open show what happens, without being loaded again."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.gateway import Gateway
from tests.journeys.people import LIVE_MS, Visitors, count, field, follow

pytestmark = pytest.mark.e2e


def await_text(page: Page, within: str, name: str, text: str) -> None:
    """Return as soon as the field has this text; fail where it has not in `LIVE_MS`."""
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector).textContent === text",
        arg=[f'{within} [data-field="{name}"]', text],
        timeout=LIVE_MS,
        polling="raf",
    )


def test_a_tile_changes_within_two_seconds_of_a_posted_reading(
    visitors: Visitors, gateway: Gateway
) -> None:
    page = visitors.person("vera")
    stay = follow(page, "/")
    before = field(page, "#line-weld", "word").inner_text()  # no other journey measures here
    gateway.reading("weld-s1-temperature", 42.0)
    await_text(page, "#line-weld", "word", "Stopped")

    assert before == "No signal"
    expect(page.locator("#line-weld .lamp use")).to_have_attribute("href", "#state-stopped")
    expect(page.locator('[data-count="stopped"]')).to_contain_text("1 stopped")
    expect(page.locator("[data-announce]")).to_contain_text("Weld: Stopped")
    assert stay.holds


def test_a_tile_counts_within_two_seconds_of_posted_output(
    visitors: Visitors, gateway: Gateway
) -> None:
    page = visitors.person("vera")
    stay = follow(page, "/")
    good = count(field(page, "#line-press", "actual"))
    scrap = count(field(page, "#line-press", "scrap"))
    gateway.output("press", good=7, scrap=2)
    await_text(page, "#line-press", "actual", f"{good + 7:,}")

    assert count(field(page, "#line-press", "scrap")) == scrap + 2
    assert field(page, "#line-press", "word").inner_text() == "Running"
    assert stay.holds


def test_a_line_page_shows_values_and_breaches_as_they_come(
    visitors: Visitors, gateway: Gateway
) -> None:
    page = visitors.person("vera")
    sensor = '[data-sensor="press-s1-pressure"]'
    gateway.reading("press-s1-pressure", 20.0)
    stay = follow(page, "/lines/press")
    gateway.reading("press-s1-pressure", 55.5)
    await_text(page, sensor, "value", "55.5")

    expect(field(page, sensor, "breach")).to_have_text("")

    gateway.reading("press-s1-pressure", 95.25)
    await_text(page, sensor, "value", "95.25")

    expect(field(page, sensor, "breach")).to_have_text("▲ Too high")
    expect(page.locator("[data-announce]")).to_contain_text("Pressure: Too high")
    assert stay.holds


def test_a_sensor_s_history_is_a_chart_that_one_can_look_closer_into(
    visitors: Visitors, gateway: Gateway
) -> None:
    gateway.reading("press-s1-temperature", *(20.0 + step % 7 for step in range(300)))
    page = visitors.person("vera")
    page.goto("/lines/press?sensor=press-s1-temperature")
    canvas = page.locator("#history canvas")
    expect(canvas).to_be_visible()
    drawn = canvas.evaluate(
        "canvas => canvas.getContext('2d')"
        ".getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )

    assert drawn
    expect(page.locator("#history svg.history")).to_be_hidden()

    with page.expect_response(lambda answer: "/history.json?" in answer.url):
        drag_across(page, "#history .u-over")
    everything = page.get_by_role("button", name="Show all")
    everything.click()

    expect(everything).to_be_hidden()
    expect(canvas).to_have_count(1)


def drag_across(page: Page, selector: str) -> None:
    """Draw a stretch over the right half of it."""
    area = page.locator(selector)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.6 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=5)
    page.mouse.up()
