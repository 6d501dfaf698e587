"""Stretches of time that a chart may show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import abort

from app.domain.telemetry import Extent

_CHOICES = (("1h", "1 h", 1), ("8h", "8 h", 8), ("1d", "24 h", 24), ("7d", "7 d", 168))
_DEFAULT = "1d"
# A chart needs room before and after for its axis.
_YEARS = range(1900, 2200)
_LONGEST = timedelta(days=366 * 30)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, and what it is called."""

    key: str
    label: str
    since: datetime
    until: datetime

    @property
    def hours(self) -> float:
        return (self.until - self.since) / timedelta(hours=1)


def spans(extent: Extent | None, now: datetime) -> list[Span]:
    """The choices above a chart, the whole of the sensor's readings last."""
    choices = [Span(key, label, now - timedelta(hours=n), now) for key, label, n in _CHOICES]
    if extent is not None and extent.first < extent.last:
        choices.append(Span("all", "All", extent.first, extent.last))
    return choices


def span_asked(
    asked: Mapping[str, str], read_extent: Callable[[], Extent | None], now: datetime
) -> Span:
    """What the query asks for: `since` and `until`, or a `span`; 422 for what cannot be read.

    By default a day; of a recording that ended before that, all of it.
    """
    if "since" in asked or "until" in asked:
        since = _moment(asked, "since", now - timedelta(days=1))
        until = _moment(asked, "until", now)
        if not timedelta(0) < until - since <= _LONGEST:
            abort(422, "«since» must be before «until».")
        return Span("", "", since, until)
    extent = read_extent()
    choices = {span.key: span for span in spans(extent, now)}
    ended = extent is not None and extent.last < choices[_DEFAULT].since
    key = asked.get("span", "all" if ended and "all" in choices else _DEFAULT)
    return choices.get(key, choices[_DEFAULT])


def _moment(asked: Mapping[str, str], name: str, default: datetime) -> datetime:
    """A Unix time in seconds or an ISO 8601 moment."""
    text = asked.get(name)
    if text is None:
        return default
    try:
        moment = (
            datetime.fromtimestamp(float(text), UTC)
            if text.replace(".", "", 1).isdigit()
            else datetime.fromisoformat(text)
        )
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        abort(422, f"«{name}» is no moment: a Unix time or an ISO 8601 date and time.")
    if moment.year not in _YEARS:
        abort(422, f"«{name}» is too far away.")
    return moment
