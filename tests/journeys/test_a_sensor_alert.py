"""A sensor passes its limit, somebody sees it, and it comes back: on pages that stay open."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text, update

from app.models import Sensor
from tests.journeys.gateway import Gateway
from tests.journeys.people import LIVE_MS, Visitors, follow
from tests.processes.conftest import Instance

pytestmark = pytest.mark.e2e

SENSOR = "press-s1-temperature"


def test_an_alert_comes_is_seen_and_goes_on_every_open_page(
    visitors: Visitors, otto: Page, gateway: Gateway, instance: Instance
) -> None:
    with instance.parts.database.transaction() as session:
        session.execute(update(Sensor).where(Sensor.slug == SENSOR).values(hold_seconds=0))
    vera = visitors.person("vera", viewport={"width": 390, "height": 844})
    stay = follow(vera, "/")
    line = follow(otto, "/lines/press")
    bar = vera.get_by_role("region", name="Alarm bar")
    tile = vera.locator("#line-press [data-beyond]")
    mark = otto.locator(f'[data-sensor="{SENSOR}"] [data-alert]')
    listed = otto.get_by_role("region", name="Sensor alerts")
    gateway.reading(SENSOR, 97.5)

    expect(bar.get_by_role("listitem")).to_contain_text(
        "Temperature too high Press, Station 1", timeout=LIVE_MS
    )
    expect(bar).to_contain_text("1 sensor alert")
    expect(tile).to_have_text("Temperature too high")
    expect(mark).to_be_visible()
    expect(listed).to_contain_text("97.5 °C, 7.5 above 90")
    assert line.holds

    listed.get_by_role("button", name="I have seen it").click()

    expect(bar).to_contain_text("Otto has seen it", timeout=LIVE_MS)

    follow(otto, "/lines/press")
    with instance.parts.database.transaction() as session:
        session.execute(text("UPDATE sensor_status SET at = at - interval '2 minutes'"))

    for place in (bar, tile, listed):
        expect(place).to_contain_text("Temperature too high, no reading since", timeout=LIVE_MS)

    gateway.reading(SENSOR, 97.5)

    for place in (bar, tile, listed):
        expect(place).not_to_contain_text("no reading since", timeout=LIVE_MS)

    gateway.reading(SENSOR, 50.0)

    expect(bar.get_by_role("listitem")).to_have_count(0, timeout=LIVE_MS)
    expect(tile).to_be_hidden()
    expect(mark).to_be_hidden()
    expect(listed.get_by_role("row")).to_contain_text(["Raised", "Otto"])
    assert stay.holds
