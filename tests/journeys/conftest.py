"""A whole instance, a browser before it, and a gateway behind it."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from lab.chromium import launch
from tests.journeys.gateway import Gateway
from tests.journeys.people import Visitors, resolve_all
from tests.processes.conftest import Instance


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with all its processes; whoever stops one starts it again."""
    instance = Instance(tmp_path_factory.mktemp("instance"))
    instance.start("web", "live", "drain")
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def passes() -> dict[str, StorageState]:
    """The cookies of those who have signed in."""
    return {}


@pytest.fixture
def visitors(
    browser: Browser, instance: Instance, passes: dict[str, StorageState], tmp_path: Path
) -> Iterator[Visitors]:
    """Whoever visits in this test; it fails where a page complained of anything unexpected."""
    visitors = Visitors(browser, instance.url("web", ""), passes, tmp_path)
    yield visitors
    visitors.leave()
    assert visitors.complaints == []


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """A window in which nobody has signed in."""
    return visitors.stranger()


@pytest.fixture
def otto(visitors: Visitors) -> Iterator[Page]:
    """Otto before the press, who leaves no call open behind him."""
    page = visitors.person("otto")
    page.goto("/lines/press")
    yield page
    resolve_all(page, "press")


@pytest.fixture
def gateway(instance: Instance) -> Iterator[Gateway]:
    gateway = Gateway(instance.url("web", ""), instance.plant.token)
    yield gateway
    gateway.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what every window showed at the moment of a failure."""
    report = yield
    visitors = getattr(item, "funcargs", {}).get("visitors")
    if call.when == "call" and report.failed and isinstance(visitors, Visitors):
        report.sections.append(("What the windows showed", "\n".join(visitors.photograph())))
        report.sections.append(("What the pages complained of", "\n".join(visitors.complaints)))
    return report
