"""A walk over all pages there are, and what is found on each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

AXE = Axe()
FOLDER = Path(__file__).parent
BY_EAR, TOO_WIDE = ((FOLDER / name).read_text() for name in ("faults.js", "too_wide.js"))
PHONE, TABLET, DESK = (
    ViewportSize(width=390, height=844),
    ViewportSize(width=820, height=1180),
    ViewportSize(width=1280, height=800),
)


# Pages that differ by a number alone are alike: of twenty reasons of stops these tell enough.
MOST_ALIKE = 6
NUMBER = re.compile(r"\d+")
# Of all that axe looks at, colours alone depend on the theme.
THEMES: tuple[tuple[Literal["dark", "light"], dict[str, list[str]]], ...] = (
    ("dark", {}),
    ("light", {"runOnly": ["color-contrast"]}),
)


class Found(NamedTuple):
    """Something that is wrong with a page, and where."""

    path: str
    where: str
    what: str


@dataclass(slots=True)
class Walk:
    """Where somebody came, and what axe, a screen reader and narrow windows met there."""

    paths: list[str] = field(default_factory=list)
    axe: list[Found] = field(default_factory=list)
    by_ear: list[Found] = field(default_factory=list)
    too_wide: list[Found] = field(default_factory=list)

    @property
    def found(self) -> list[Found]:
        return [*self.axe, *self.by_ear, *self.too_wide]

    def look(self, page: Page) -> None:
        """Look at the page that is open, light and dark, narrow and wide."""
        path = urlsplit(page.url).path
        self.paths.append(path)
        self.by_ear += [Found(path, "", fault) for fault in page.evaluate(BY_EAR)]
        page.evaluate(AXE.axe_script)
        for size in (DESK, TABLET, PHONE):
            page.set_viewport_size(size)
            where = f"{size['width']} px"
            self.too_wide += [Found(path, where, fault) for fault in page.evaluate(TOO_WIDE)]
            if size is not TABLET:
                self.axe += _axe(page, path, where)


def walk(page: Page, starts: Sequence[str]) -> Walk:
    """Look at every page that links lead to from these."""
    walked = Walk()
    for _ in every_page(page, starts):
        walked.look(page)
    return walked


def every_page(page: Page, starts: Sequence[str]) -> Iterator[str]:
    """Show one page after the other: all that links lead to, from these on."""
    waiting, seen, alike = list(starts), set[str](), Counter[str]()
    while waiting:
        path = waiting.pop()
        kind = NUMBER.sub("#", path)
        if path in seen or alike[kind] == MOST_ALIKE:
            continue
        seen.add(path)
        alike[kind] += 1
        page.set_viewport_size(DESK)
        page.goto(path)
        yield path
        links = page.locator("a[href]:not([download])").evaluate_all(
            "links => links.filter(a => a.origin === location.origin).map(a => a.href)"
        )
        waiting.extend(urlsplit(link).path for link in links)


def _axe(page: Page, path: str, where: str) -> Iterator[Found]:
    for theme, rules in THEMES:
        page.emulate_media(color_scheme=theme)
        answer = page.evaluate(
            "options => axe.run(options)", {"resultTypes": ["violations"], **rules}
        )
        for rule in answer["violations"]:
            for node in rule["nodes"]:
                shown = f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
                yield Found(path, f"{where}, {theme}", " ".join(shown.split()))
