"""People before their browsers: what they open, do and read there."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    StorageState,
    ViewportSize,
    expect,
)

from tests.builders import PASSWORD

# Longer than anything here takes; what promises a time is asked with that time.
PATIENCE_MS = 10_000
# What was posted is on every page that shows it within this time.
LIVE_MS = 2_000
# Who is called for is told within this time.
CALLED_MS = 1_000


class Visitors:
    """Opens a window for each who visits, and keeps what the pages complain of."""

    def __init__(
        self, browser: Browser, url: str, passes: dict[str, StorageState], album: Path
    ) -> None:
        self._browser = browser
        self._url = url
        self._passes = passes
        self._album = album
        self._contexts: list[BrowserContext] = []
        self._expected: list[str] = []
        self._complaints: list[str] = []

    @property
    def complaints(self) -> list[str]:
        """What went wrong in the pages, and was not expected."""
        expected = re.compile("|".join(self._expected) or "(?!)")
        return [said for said in self._complaints if not expected.search(said)]

    def expect(self, complaint: str) -> None:
        """Let the browser complain of what this test brings about."""
        self._expected.append(complaint)

    def stranger(
        self,
        *,
        holding: StorageState | None = None,
        viewport: ViewportSize | None = None,
        scripts: bool = True,
    ) -> Page:
        """A window in which nobody has signed in, unless with the cookies held."""
        context = self._browser.new_context(
            base_url=self._url,
            storage_state=holding,
            viewport=viewport,
            java_script_enabled=scripts,
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda fault: self._complaints.append(str(fault.error)))
        context.on("console", self._note)
        return context.new_page()

    def person(
        self, username: str, *, viewport: ViewportSize | None = None, scripts: bool = True
    ) -> Page:
        """A window in which this person has signed in, by the form, just now or before."""
        if username not in self._passes:
            page = self.stranger()
            sign_in(page, username)
            self._passes[username] = page.context.storage_state()
        return self.stranger(holding=self._passes[username], viewport=viewport, scripts=scripts)

    def photograph(self) -> Iterator[str]:
        """Keep a screenshot of every window; says where each is."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages, start=1):
            file = self._album / f"window-{number}.png"
            with suppress(Error):  # a crashed page has nothing to show
                page.screenshot(path=file, full_page=True)
                yield f"{page.url}: {file}"

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self._complaints.append(f"{said.text} at {said.location['url']}")


class Stay:
    """Knows whether a page is still the one that was loaded, and not a later one."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._mark = time.monotonic()
        page.evaluate("mark => { window.stay = mark; }", self._mark)

    @property
    def holds(self) -> bool:
        return bool(self._page.evaluate("mark => window.stay === mark", self._mark))


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Sign in by the form, and arrive on the board."""
    page.goto("/sign-in")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def confirm(page: Page, path: str) -> None:
    """Give the password again, and come to the page."""
    page.goto(f"/account/confirmation?next={path}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(path)


def follow(page: Page, path: str) -> Stay:
    """Open a page, and wait until it hears the floor."""
    page.goto(path)
    expect(page.locator("[data-link-word]")).to_have_text("Live")
    return Stay(page)


def field(page: Page, within: str, name: str) -> Locator:
    """A field of a tile or a sensor."""
    return page.locator(f'{within} [data-field="{name}"]')


def count(where: Locator) -> int:
    """The whole number that stands there."""
    return int(where.inner_text().replace(",", ""))


def pull_the_cord(page: Page, *, station: str, reason: str) -> None:
    page.get_by_role("group", name="Where?").get_by_label(station).check()
    page.get_by_role("group", name="What is wrong?").get_by_label(reason).check()
    page.get_by_role("button", name="Pull the cord").click()


def resolve_all(page: Page, line: str) -> None:
    """Leave no call of the line open."""
    page.goto(f"/lines/{line}")
    resolve = page.get_by_role("button", name="Resolve")
    for left in reversed(range(resolve.count())):
        resolve.first.click()
        expect(resolve).to_have_count(left)
