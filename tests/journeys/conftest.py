"""People with browsers before a whole instance, and the gateway whose news they see."""

import os
import re
import shutil
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.builders import PASSWORD
from tests.processes.conftest import Instance

# The same names, in the same order, as lab/chromium.sh looks for.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Longer than anything on a page takes; what has a promise of its own is asked with its own time.
PATIENCE_MS = 10_000
SIGNED_IN = "**/"


class Visitors:
    """Opens a window for each who visits, and keeps what the pages complain of."""

    def __init__(self, browser: Browser, url: str, passes: dict[str, Any]) -> None:
        self._browser = browser
        self._url = url
        self._passes = passes
        self._contexts: list[BrowserContext] = []
        self._expected: list[str] = []
        self._complaints: list[str] = []

    @property
    def pages(self) -> list[Page]:
        return [page for context in self._contexts for page in context.pages]

    @property
    def complaints(self) -> list[str]:
        """What went wrong in the pages, and was not expected."""
        expected = re.compile("|".join(self._expected) or "(?!)")
        return [said for said in self._complaints if not expected.search(said)]

    def stranger(self, **options: Any) -> Page:
        """A window in which nobody has signed in."""
        context = self._browser.new_context(base_url=self._url, **options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda fault: self._complaints.append(str(fault.error)))
        context.on("console", lambda said: self._note(said.type, said.text))
        return context.new_page()

    def person(self, username: str, **options: Any) -> Page:
        """A window in which this person has signed in, by the form, before or just now."""
        if username not in self._passes:
            page = self.stranger()
            sign_in(page, username)
            self._passes[username] = page.context.storage_state()
            page.context.close()
        return self.stranger(storage_state=self._passes[username], **options)

    def expect(self, complaint: str) -> None:
        """Let the browser complain of what this test brings about."""
        self._expected.append(complaint)

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._complaints.append(text)


class Gateway:
    """Sends what the floor measures; returns once it was taken, with a 202."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._http = urllib3.PoolManager()

    def reading(self, sensor: str, *values: float, apart: timedelta = timedelta(seconds=1)) -> None:
        """The values of a sensor, the last of them measured now."""
        now = datetime.now(UTC)
        before = range(len(values) - 1, -1, -1)
        self._post(
            "readings",
            [
                {"sensor": sensor, "at": (now - apart * steps).isoformat(), "value": value}
                for steps, value in zip(before, values, strict=True)
            ],
        )

    def output(self, line: str, *, good: int, scrap: int = 0) -> None:
        """Pieces made just now."""
        facts = {"line": line, "at": datetime.now(UTC).isoformat(), "good": good, "scrap": scrap}
        self._post("output", [{"id": str(uuid.uuid4()), **facts}])

    def close(self) -> None:
        self._http.clear()

    def _post(self, kind: str, items: list[dict[str, Any]]) -> None:
        answer = self._http.request(
            "POST",
            self._instance.url("web", f"/api/v1/{kind}"),
            json={kind: items},
            headers={"Authorization": f"Bearer {self._instance.plant.token}"},
        )
        assert answer.status == 202, answer.data


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Sign in by the form, and arrive on the board."""
    page.goto("/sign-in")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(SIGNED_IN)


class Stay:
    """Knows whether a page is still the one that was loaded, not a later one of the same URL."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._mark = f"{time.monotonic()}"
        page.evaluate("mark => { window.stay = mark; }", self._mark)

    @property
    def holds(self) -> bool:
        return bool(self._page.evaluate("mark => window.stay === mark", self._mark))


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with all its processes; whoever stops one starts it again."""
    instance = Instance(tmp_path_factory.mktemp("instance"))
    instance.start("web", "live", "drain")
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    wanted = os.environ.get("CHROMIUM")
    program = next(filter(None, map(shutil.which, [wanted] if wanted else PROGRAMS)), None)
    if program is None:
        pytest.fail("no chromium here: `make e2e` installs it, or says what is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def passes() -> dict[str, Any]:
    """The cookies of those who have signed in."""
    return {}


@pytest.fixture
def visitors(browser: Browser, instance: Instance, passes: dict[str, Any]) -> Iterator[Visitors]:
    """Those who visit in this test; fails it where a page complained of anything unexpected."""
    visitors = Visitors(browser, instance.url("web", ""), passes)
    yield visitors
    visitors.leave()
    assert visitors.complaints == []


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """A window in which nobody has signed in."""
    return visitors.stranger()


@pytest.fixture
def gateway(instance: Instance) -> Iterator[Gateway]:
    gateway = Gateway(instance)
    yield gateway
    gateway.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what every window showed at the moment of a failure."""
    report = yield
    used = getattr(item, "funcargs", {})
    if call.when == "call" and report.failed and "visitors" in used:
        folder: Path = item.config._tmp_path_factory.mktemp("screenshots")  # type: ignore[attr-defined]  # noqa: SLF001
        for number, page in enumerate(used["visitors"].pages, start=1):
            file = folder / f"{item.name}-{number}.png"
            with suppress(Error):  # a crashed page has nothing to show
                page.screenshot(path=file, full_page=True)
                report.sections.append((f"screenshot of {page.url}", str(file)))
        report.sections.append(("complaints of the pages", "\n".join(used["visitors"].complaints)))
    return report
