"""What a line did over time as inline SVG; see `charts`. A table beside it says the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from markupsafe import Markup

from app.web.charts import time_axis
from app.web.drawing import TOP, WIDTH, Scale

# The best first: what is worse is drawn over it, and higher. Nobody needs to see its colour.
HEIGHTS = {"planned": 14, "running": 24, "slow": 36, "unknown": 44, "stopped": 60}
# Room for half of a mark's words.
LEFT = RIGHT = 30
BASE = TOP + max(HEIGHTS.values())
CALLS, CALL_HEIGHT = BASE + 6, 12
BOTTOM = CALLS + CALL_HEIGHT + 6
DEEP = BOTTOM + 28
# A day is 960 wide and a phone 350: this is more than a pixel there.
THINNEST = 4.0


class Band(Protocol):
    """A state from one moment until another."""

    @property
    def state(self) -> str: ...
    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...


def drawn(
    bands: Sequence[Band],
    calls: Sequence[Any],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    words: Mapping[str, str],
) -> Markup:
    """The states of a line over time, the worst in front, and its calls below them.

    However short, each is seen. Times are in the zone of `since`.
    """
    x = Scale(since.timestamp(), until.timestamp(), LEFT, WIDTH - RIGHT)
    body = time_axis(x, since, until, bottom=BOTTOM)
    for band in sorted(bands, key=lambda band: list(HEIGHTS).index(band.state)):
        height = HEIGHTS[band.state]
        title = f"{words[band.state]}, {_spelled(band.since, band.until, since)}"
        place = _place(x, band.since, band.until)
        body += _bar(f"state state-{band.state}", place, BASE - height, height, title)
    for call in calls:
        ends = call.resolved_at or now
        title = f"{call.name}, {_spelled(call.raised_at, ends, since)}"
        place = _place(x, max(call.raised_at, since), min(ends, until))
        body += _bar(f"called colour-{call.colour}", place, CALLS, CALL_HEIGHT, title)
    return Markup(
        '<svg class="history timeline" viewBox="0 0 {} {}" role="img"'
        ' aria-labelledby="timeline-desc"><desc id="timeline-desc">{}</desc>{}</svg>'
    ).format(WIDTH, DEEP, _in_words(bands, words), body)


def lasted(bands: Sequence[Band]) -> dict[str, timedelta]:
    """How long each state lasted in all, those that did."""
    sums: Counter[str] = Counter()
    for band in bands:
        sums[band.state] += int((band.until - band.since).total_seconds())
    return {state: timedelta(seconds=sums[state]) for state in reversed(HEIGHTS) if sums[state]}


def _in_words(bands: Sequence[Band], words: Mapping[str, str]) -> str:
    often = Counter(band.state for band in bands)
    told = (
        f"{words[state]} {lasts.total_seconds() / 60:.0f} min, {_times(often[state])}."
        for state, lasts in lasted(bands).items()
    )
    return " ".join(told) or "Nothing is known of this time."


def _times(often: int) -> str:
    return "once" if often == 1 else f"{often} times"


def _place(x: Scale, since: datetime, until: datetime) -> tuple[float, float]:
    """Where it begins, and how wide it is: in its middle, if it has to be widened."""
    first, last = x(since.timestamp()), x(until.timestamp())
    width = max(THINNEST, last - first)
    first = min(max(LEFT, (first + last - width) / 2), WIDTH - RIGHT - width)
    return first, width


def _bar(name: str, place: tuple[float, float], top: float, height: float, title: str) -> Markup:
    return Markup(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    ).format(name, f"{place[0]:.1f}", f"{top:.1f}", f"{place[1]:.1f}", f"{height:.1f}", title)


def _spelled(since: datetime, until: datetime, zoned: datetime) -> str:
    starts, ends = (at.astimezone(zoned.tzinfo) for at in (since, until))
    return f"{starts:%H:%M:%S} to {ends:%H:%M:%S}"
