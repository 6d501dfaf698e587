"""The screens on walls, and how they come to what they show."""

from datetime import UTC, datetime

from playwright.sync_api import ViewportSize

from app.domain.accounts import ScreenKeys, make_screen
from tests.processes.conftest import Instance

FULL_HD = ViewportSize(width=1920, height=1080)


def a_link(instance: Instance, plant: str) -> str:
    """The signed link of a new screen of the plant."""
    with instance.parts.database.transaction() as session:
        by, now = instance.plant.people["ada"], datetime.now(UTC)
        number = make_screen(session, name="Hall", plant=plant, by=by, now=now).id
    return f"/tv/{plant}?key={ScreenKeys(instance.config.secret_key).key(number)}"
