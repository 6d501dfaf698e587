"""The times that reports are of, by the clock on the plant's wall. Pure rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain.reports.errors import BadRange, NoSuchView

LONGEST = 366
# Days that a range reaches back from today's, today included; a year begins on a first.
BACK = {"today": 1, "week": 7, "month": 31}
CHOICES = ("shift", "today", "yesterday", "week", "month", "year")
EARLIEST = date(2000, 1, 1)

# How finely a time may be told, and up to how many days: an answer is kept only while it is small.
GRAINS = {"hour": 3, "shift": 31, "day": 93, "month": LONGEST}
# What goes on is answered as of a full minute, a long time as of ten: all who ask within it share
# one answer.
SHORT = timedelta(days=3)
STEPS = (timedelta(minutes=1), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Range:
    """From when until when, in UTC; of what goes on, until the last full minute or ten.

    `first` and `last` are its days on the plant's calendar.
    """

    key: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    is_over: bool

    @property
    def first(self) -> date:
        return self.since.astimezone(self.zone).date()

    @property
    def last(self) -> date:
        return (self.until - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def days(self) -> int:
        """On how many days of the calendar it lies."""
        return max(1, (self.last - self.first).days + 1)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a range."""

    starts_at: datetime
    ends_at: datetime


def by_name(
    key: str, *, zone: ZoneInfo, now: datetime, shift: tuple[datetime, datetime] | None
) -> Range:
    """One of `CHOICES`; `shift` is the one that is on, or the last one. Raises `BadRange`."""
    today = now.astimezone(zone).date()
    tomorrow = midnight(today + timedelta(days=1), zone)
    if key == "shift":
        if shift is None:
            raise BadRange("no shift of this plant has begun yet")
        return between(key, *shift, zone=zone, now=now)
    if key == "yesterday":
        since, until = midnight(today - timedelta(days=1), zone), midnight(today, zone)
        return between(key, since, until, zone=zone, now=now)
    if key == "year":
        # Twelve months, this one included: whole months can be compared.
        first = date(today.year - (today.month < 12), today.month % 12 + 1, 1)  # noqa: PLR2004 (December)
        return between(key, midnight(first, zone), tomorrow, zone=zone, now=now)
    if key not in BACK:
        raise BadRange(f"there is no time called {key}; there is {', '.join(CHOICES)}")
    since = midnight(today - timedelta(days=BACK[key] - 1), zone)
    return between(key, since, tomorrow, zone=zone, now=now)


def by_dates(asked: Mapping[str, str], *, zone: ZoneInfo, now: datetime) -> Range:
    """From the beginning of a day up to the end of another. Raises `BadRange`."""
    today = now.astimezone(zone).date()
    first, last = _day(asked, "from", today), _day(asked, "to", today)
    if first > last:
        raise BadRange(f"the first day, {first}, is after the last one, {last}")
    if first > today:
        raise BadRange(f"{first} is still to come")
    if first < EARLIEST:
        raise BadRange(f"{first} is before {EARLIEST.year}")
    if (last - first).days >= LONGEST:
        raise BadRange(f"{first} to {last} is longer than {LONGEST} days")
    until = midnight(last + timedelta(days=1), zone)
    return between("", midnight(first, zone), until, zone=zone, now=now)


def between(key: str, since: datetime, until: datetime, *, zone: ZoneInfo, now: datetime) -> Range:
    """The range of that name, up to now at most."""
    step = STEPS[until - since > SHORT]
    reached = now - (now - datetime.min.replace(tzinfo=UTC)) % step
    # In its first minutes there is nothing of it to tell: it begins with its first step.
    ends = min(until, max(reached, since + step))
    return Range(key, since, ends, zone, is_over=until <= now)


def grain(span: Range, asked: str | None) -> str:
    """How finely to tell of it: as asked, or so that it is read at a glance.

    Raises `NoSuchView`, or `BadRange` where that would be too much.
    """
    if asked is None:
        return next(name for name in ("hour", "day", "month") if span.days <= GRAINS[name])
    if asked not in GRAINS:
        raise NoSuchView(asked, tuple(GRAINS))
    if span.days > GRAINS[asked]:
        raise BadRange(
            f"{span.days} days are too many to be told by the {asked}: {GRAINS[asked]} at most"
        )
    return asked


def grains(span: Range) -> list[str]:
    """Those that say more of it than one number, and not too much."""
    least = {"day": 2, "month": GRAINS["shift"] + 1}
    return [name for name, most in GRAINS.items() if least.get(name, 1) <= span.days <= most]


def slices(span: Range, by: str) -> list[Slice]:
    """The range in hours, days or months of the plant's clock; the first and last may be cut.

    When clocks change a day has 23 or 25 hours, and an hour that comes twice is two slices.
    """
    cuts = [span.since, *_cuts(span, by), span.until]
    return [Slice(start, end) for start, end in pairwise(cuts)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When that day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _cuts(span: Range, by: str) -> Iterator[datetime]:
    at = _next(span.since, by, span.zone)
    while at < span.until:
        yield at
        at = _next(at, by, span.zone)


def _next(at: datetime, by: str, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    if by == "hour":
        return at + timedelta(
            hours=1, minutes=-local.minute, seconds=-local.second, microseconds=-local.microsecond
        )
    day = local.date()
    if by == "month":
        return midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1), zone)
    return midnight(day + timedelta(days=1), zone)


def _day(asked: Mapping[str, str], name: str, default: date) -> date:
    text = asked.get(name, "")
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        raise BadRange(f"«{name}» is no day like {default.isoformat()}") from None
