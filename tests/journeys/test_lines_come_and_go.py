"""Boards that are left open, while lines are laid out and retired."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from app import models
from tests.journeys.people import Visitors, follow
from tests.journeys.walls import FULL_HD, a_link
from tests.processes.conftest import Instance

pytestmark = pytest.mark.e2e


@pytest.fixture
def hall(instance: Instance) -> Iterator[models.Plant]:
    """A plant that has no line yet."""
    with instance.parts.database.transaction() as session:
        plant = models.Plant(slug="hall", name="Hall", time_zone="Europe/Berlin")
        session.add(plant)
    yield plant
    with instance.parts.database.transaction() as session:
        lines = models.Line.plant_id == plant.id
        # The drain looks at lines meanwhile, and would keep what it saw of one that goes.
        held = session.scalars(select(models.Line.id).where(lines).with_for_update()).all()
        gone = {"line": held, "plant": [plant.id]}
        for table in reversed(models.Base.metadata.sorted_tables):
            for key in table.foreign_keys:
                if key.column.name == "id" and key.column.table.name in gone:
                    session.execute(
                        delete(table).where(key.parent.in_(gone[key.column.table.name]))
                    )
        session.delete(session.merge(plant))


def test_a_line_comes_to_open_boards_and_leaves_them_by_itself(
    visitors: Visitors, instance: Instance, hall: models.Plant
) -> None:
    office, board, wall = visitors.person("ada"), visitors.person("ada"), a_wall(visitors)
    follow(board, "/?plant=hall")
    follow(wall, a_link(instance, "hall"))
    add_line(office, "Paint")
    shows(board, "Paint")
    add_line(office, "Pack")
    shows(board, "Paint", "Pack")
    press(office, "Paint", "Retire")

    shows(board, "Pack")
    shows(wall, "Pack")

    press(office, "Paint", "Bring back")

    shows(board, "Paint", "Pack")
    shows(wall, "Paint", "Pack")


def test_a_line_leaves_a_window_that_once_saw_it_leave(
    visitors: Visitors, hall: models.Plant
) -> None:
    office, board = visitors.person("ada"), visitors.person("ada")
    add_line(office, "Paint")
    add_line(office, "Pack")
    follow(board, "/?plant=hall")
    press(office, "Paint", "Retire")
    shows(board, "Pack")
    board.goto("/account/sessions")
    press(office, "Paint", "Bring back")
    follow(board, "/?plant=hall")
    shows(board, "Paint", "Pack")
    press(office, "Paint", "Retire")

    shows(board, "Pack")


def a_wall(visitors: Visitors) -> Page:
    """One that is not about to ask by itself which lines there are."""
    wall = visitors.stranger(viewport=FULL_HD)
    wall.add_init_script("Math.random = () => 0.99")
    return wall


def shows(page: Page, *lines: str) -> None:
    """Wait until these are the lines of the board, and no others."""
    expect(page.locator('[data-board] [data-field="name"]')).to_have_text(list(lines))
    expect(page.locator("[data-link-word]")).to_have_text("Live")


def add_line(page: Page, name: str) -> None:
    page.goto("/plants/hall")
    page.get_by_role("heading", name="New line").click()
    new = page.locator("#new")
    new.get_by_label("Name").fill(name)
    new.get_by_label("Target per hour").fill("60")
    new.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def press(page: Page, line: str, button: str) -> None:
    page.goto("/plants/hall")
    page.get_by_role("link", name=line, exact=True).click()
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/plants/hall#*")
