"""What stretches of time are called, by the clock on the plant's wall."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.reports import Range

DAY = "%a %d %b"


def titled(span: Range) -> str:
    """A range in words, with its times where it is not of whole days."""
    first, last = (at.astimezone(span.zone) for at in (span.since, span.until))
    if span.key == "shift" or not span.is_over:
        ends = "%H:%M %Z" if first.date() == last.date() else f"{DAY} %Y, %H:%M %Z"
        return f"{first:{DAY} %Y, %H:%M} to {last:{ends}}"
    if span.first == span.last:
        return f"{span.first:{DAY} %Y}"
    return f"{span.first:{DAY} %Y} to {span.last:{DAY} %Y}"


def tick_labels(slices: Sequence[tuple[datetime, datetime]], by: str, zone: ZoneInfo) -> list[str]:
    """A short mark for each slice, under a chart."""
    spelling = {"month": "%b %Y", "day": "%d %b", "shift": "%d %b %H:%M", "hour": "%H:%M"}[by]
    return [start.astimezone(zone).strftime(spelling) for start, _ in slices]


def slice_labels(slices: Sequence[tuple[datetime, datetime]], by: str, zone: ZoneInfo) -> list[str]:
    """A name for each slice, and no name twice: an hour that comes twice says its zone."""
    local = [(start.astimezone(zone), end.astimezone(zone)) for start, end in slices]
    one_day = len({start.date() for start, _ in local}) == 1
    if by == "month":
        return [f"{start:%b %Y}" for start, _ in local]
    if by == "day":
        return [f"{start:{DAY}}" for start, _ in local]
    day = "" if one_day else f"{DAY} "
    if by == "shift":
        return [f"{start:{day}%H:%M}–{end:%H:%M}" for start, end in local]  # noqa: RUF001 (a dash)
    names = [f"{start:{day}%H:%M}" for start, _ in local]
    often = Counter(names)
    return [
        f"{name} {start:%Z}" if often[name] > 1 else name
        for name, (start, _) in zip(names, local, strict=True)
    ]
