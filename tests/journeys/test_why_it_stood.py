"""A line is stopped as planned, and everybody sees what for."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import LIVE_MS, Visitors, field

pytestmark = pytest.mark.e2e


def test_what_a_line_is_stopped_for_is_on_every_board_until_work_goes_on(
    visitors: Visitors,
) -> None:
    ada, otto = visitors.person("ada"), visitors.person("otto")
    otto.goto("/")
    ada.goto("/lines/press")
    planned = ada.get_by_role("region", name="Planned stop")
    planned.get_by_label("What the line is stopped for").select_option("Changeover")
    planned.get_by_role("button", name="Stop as planned").click()

    expect(field(otto, "#line-press", "planned_for")).to_have_text("Changeover", timeout=LIVE_MS)
    expect(planned).to_contain_text("declared by Ada")

    planned.get_by_role("button", name="Work goes on").click()

    expect(field(otto, "#line-press", "planned_for")).to_have_text("", timeout=LIVE_MS)
    expect(planned.get_by_role("button", name="Stop as planned")).to_be_visible()
