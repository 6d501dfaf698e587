"""What a terminal shows of a fleet: one line a second, or a page that stays in its place."""

import sys
import threading
import time
from collections import deque
from typing import TextIO

from lab.cluster.fleet import Fleet
from lab.cluster.gauges import Gauges

EVERY_SECONDS = 1.0
# Home, and clear below: the page is written over itself, and nothing flickers.
AGAIN = "\x1b[H\x1b[J"
NEWS = 8


class Status:
    """Keeps the last words, and shows them below the numbers where there is a terminal."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._news: deque[str] = deque(maxlen=NEWS)
        self._is_page = False
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Note a word, and show it at once where there is no page to show it on."""
        line = f"{time.monotonic() - self._began:5.0f} s  {text}"
        self._news.append(line)
        if not self._is_page:
            print(line, file=self._out, flush=True)

    def watch(self, fleet: Fleet, greeting: str, stopping: threading.Event) -> None:
        """Show how the fleet is until told to stop."""
        gauges = Gauges(fleet)
        self._is_page = self._out.isatty()
        if not self._is_page:
            print(greeting, file=self._out, flush=True)
        while not stopping.wait(EVERY_SECONDS):
            numbers = gauges.read()
            if self._is_page:
                page = [AGAIN + greeting, *rows(fleet, numbers), "", *self._news]
                print("\n".join(page), file=self._out, flush=True)
            else:
                self.say(in_a_line(fleet, numbers))
        self._is_page = False


def rows(fleet: Fleet, numbers: dict[str, float]) -> list[str]:
    """The page: what there is of each part."""
    up = ", ".join(
        f"{each.name} {'up' if fleet.balancer.is_in_service(each.name) else 'DOWN'}"
        for each in fleet.instances
    )
    return [
        f"  instances      {up}",
        f"  requests/s     {numbers['requests']:.0f}",
        f"  stream lag     {_told(numbers.get('stream_lag'))} batches",
        f"  readings/s     {_told(numbers.get('readings_stored'))} stored",
        f"  hit ratio      {_ratio(numbers)}",
        f"  cache          {', '.join(fleet.cache.roles())}",
    ]


def in_a_line(fleet: Fleet, numbers: dict[str, float]) -> str:
    """The same for a log."""
    return (
        f"{numbers['instances_up']:.0f}/{len(fleet.instances)} up, "
        f"{numbers['requests']:.0f} requests/s, lag {_told(numbers.get('stream_lag'))}, "
        f"hits {_ratio(numbers)}; {', '.join(fleet.cache.roles())}"
    )


def _ratio(numbers: dict[str, float]) -> str:
    asked = numbers.get("cache_asked")
    return f"{numbers['cache_hits'] / asked:.0%}" if asked else "?"


def _told(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"
