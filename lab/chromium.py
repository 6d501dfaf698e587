"""The browser that is driven: this machine's, or whichever `CHROMIUM` names."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

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


class NoBrowser(Exception):
    """There is none on this machine, in one line."""


def launch(playwright: Playwright) -> Browser:
    """Start it without a window; raises `NoBrowser`."""
    wanted = os.environ.get("CHROMIUM")
    program = next(filter(None, map(shutil.which, [wanted] if wanted else PROGRAMS)), None)
    if program is None:
        raise NoBrowser("no chromium here: `make e2e` installs it, or says what is missing")
    return playwright.chromium.launch(executable_path=program, args=FLAGS)
