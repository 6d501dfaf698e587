"""`make pictures`: the pictures of the documentation, taken anew of a plant of their own.

Lays out a plant as `make run` does, pulls a cord, and writes `docs/images`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from lab.chromium import NoBrowser, launch
from lab.engines import free_port
from lab.home import Home
from lab.procfile import ROOT

FOLDER = ROOT / "docs" / "images"
START_SECONDS = 300
# By then every line has spoken, and charts have what to draw.
SETTLE_SECONDS = 60
HEIGHTS = {390: 844, 1280: 800, 1920: 1080}
# Pages of documentation are not as wide as a wall.
SCALES = {1920: 0.7}


class Picture(NamedTuple):
    """A page, or a part of it, by the name of its file: `what-width`."""

    name: str
    path: str
    who: str = "admin"
    part: str = ""
    act: Callable[[Page], None] | None = None

    @property
    def width(self) -> int:
        return int(self.name.rpartition("-")[2])


def _try_out(page: Page) -> None:
    page.get_by_role("button", name="Try it out").click()
    page.locator("#trial table").wait_for()


PICTURES = (
    Picture("board-1280", "/"),
    Picture("board-390", "/"),
    Picture("alarms-1280", "/", part=".alarms"),
    Picture("line-1280", "/lines/press-1"),
    Picture("cord-1280", "/lines/press-1", "operator", part=".columns"),
    Picture("alerts-line-1280", "/lines/press-1", part="#alerts"),
    Picture("handover-390", "/handover"),
    Picture("leaderboard-1280", "/leaderboards/operators?window=week"),
    Picture("leaderboard-390", "/leaderboards/operators?window=week"),
    Picture("reports-output-1280", "/reports/output?range=month"),
    Picture("reports-downtime-1280", "/reports/downtime?range=month"),
    Picture("reports-oee-390", "/reports/oee?range=month"),
    Picture("reports-calls-1280", "/reports/calls?range=month"),
    Picture("ops-1280", "/ops"),
    Picture("strategies-1280", "/ops", part="#trial", act=_try_out),
    Picture("people-390", "/people"),
    Picture("sign-in-390", "/sign-in", who=""),
    Picture("devices-390", "/account/sessions"),
    Picture("tokens-1280", "/account/tokens"),
    Picture("administration-1280", "/plants/north"),
    Picture("gateways-1280", "/gateways"),
    Picture("shifts-390", "/shifts"),
    Picture("reasons-390", "/stop-reasons"),
    Picture("api-1280", "/api/docs"),
    Picture("stops-1280", "/lines/press-1#timeline"),
)


def main() -> int:
    """Take them all; the exit code says whether anything went wrong."""
    try:
        with a_plant() as (url, password), sync_playwright() as playwright:
            Album(launch(playwright), url, password).fill()
    except NoBrowser as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def a_plant() -> Iterator[tuple[str, str]]:
    """A seeded plant with its gateways: where it is, and everybody's password."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder) / "home", free_port()
        run = subprocess.Popen(
            [sys.executable, "-m", "lab.run", "--home", str(home)],
            env={**os.environ, "PORT": str(port), "LIVE_PORT": str(free_port())},
            cwd=ROOT,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (home / "environment").exists():
                if run.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("andon: the plant did not start")
                time.sleep(1)
            yield f"http://127.0.0.1:{port}", Home(home).secret("demo-password")
        finally:
            run.terminate()
            run.wait()


class Album:
    """Takes the pictures, each in a window of its own."""

    def __init__(self, browser: Browser, url: str, password: str) -> None:
        self._browser = browser
        self._url = url
        self._password = password

    def fill(self) -> None:
        """Let something happen on the floor, then write every file."""
        time.sleep(SETTLE_SECONDS)
        self._use()
        FOLDER.mkdir(exist_ok=True)
        for picture in (*PICTURES, Picture("wall-1920", self._link_of_a_wall(), who="")):
            page = self._window(picture.who, picture.width)
            page.goto(picture.path)
            if picture.act is not None:
                picture.act(page)
            # Numbers count up and charts are drawn within this time.
            page.wait_for_timeout(1_500)
            shown: Page | Locator = page.locator(picture.part) if picture.part else page
            shown.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")
            page.context.close()

    def _window(self, who: str, width: int) -> Page:
        """A window of that width in which somebody signed in, if anybody."""
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme="dark",
            device_scale_factor=SCALES.get(width, 1),
        )
        page = context.new_page()
        if who:
            page.goto("/sign-in")
            page.get_by_label("Username").fill(who)
            page.get_by_label("Password").fill(self._password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("/")
        return page

    def _use(self) -> None:
        """A call that waits, and a stop that has its reason."""
        page = self._window("operator", 1280)
        page.goto("/lines/press-1")
        page.get_by_role("group", name="Where?").get_by_label("Blanking").check()
        page.get_by_role("group", name="What is wrong?").get_by_label("Safety").check()
        page.get_by_label("In a few words").fill("Oil on the floor")
        page.get_by_role("button", name="Pull the cord").click()
        page.locator("#calls .call").first.wait_for()
        why = page.locator("#stops form").first
        why.get_by_role("combobox").select_option(label="Tool worn or broken")
        why.get_by_role("textbox").fill("Die stuck, taken apart")
        why.get_by_role("button", name="Save").click()
        page.locator("#stops .trail").wait_for()
        page.context.close()

    def _link_of_a_wall(self) -> str:
        page = self._window("admin", 1280)
        page.goto("/account/confirmation?next=/screens")
        page.get_by_label("Password").fill(self._password)
        page.get_by_role("button", name="Confirm").click()
        page.get_by_label("Where it hangs").fill("Hall 1")
        page.get_by_role("button", name="Make a link").click()
        link = page.locator(".screen-link a").first.get_attribute("href")
        page.context.close()
        return str(link)


if __name__ == "__main__":
    sys.exit(main())
