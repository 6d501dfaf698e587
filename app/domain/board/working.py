"""When a line is to work, and when it rests. Pure rules: they know no store.

What a shift leaves when its breaks are cut out is kept by the database, in the table `work`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Stretch(NamedTuple):
    """From when until when."""

    since: datetime
    until: datetime


class Declared(NamedTuple):
    """A planned stop, and what it is for; without an end it goes on."""

    since: datetime
    until: datetime | None
    name: str


@dataclass(frozen=True, slots=True)
class Rest:
    """A time in which a line is not to work, and what it is for.

    `since` is None where it is not known, `until` where no end is. One `without_shift` is not all
    within one.
    """

    since: datetime | None
    until: datetime | None
    name: str
    without_shift: bool

    def is_on(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def rest_of(
    work: Sequence[Stretch],
    shifts: Sequence[Stretch],
    declared: Sequence[Declared],
    now: datetime,
) -> Rest | None:
    """The rest that is on, or else the last one, by what is planned around `now`.

    A line that was never given a shift is always to work, but for what is declared.
    """
    due = list(_joined(_without(work or [Stretch(*_EVER)], declared)))
    before = [each for each in due if each.since <= now]
    until: datetime | None
    if before and now < before[-1].until:
        until = before.pop().since
        if until == _EVER[0]:
            return None
    else:
        until = next((each.since for each in due if each.since > now), None)
    since = before[-1].until if before else None
    within = [each for each in shifts if _holds(each, since, until, now)]
    return Rest(since, until, _name(declared, within, now), bool(work) and not within)


def _holds(shift: Stretch, since: datetime | None, until: datetime | None, now: datetime) -> bool:
    """Whether all of the rest so far is within the shift."""
    ends = now if until is None or until > now else until
    return since is not None and shift.since <= since < shift.until and ends <= shift.until


def _name(declared: Sequence[Declared], within: Sequence[Stretch], now: datetime) -> str:
    for stop in declared:
        if stop.since <= now and (stop.until is None or now < stop.until):
            return stop.name
    return "Break" if within else "No shift"


def _without(work: Iterable[Stretch], declared: Sequence[Declared]) -> Iterator[Stretch]:
    """The work, without what is declared to be none."""
    for since, until in work:
        start = since
        for stop in sorted(declared, key=lambda stop: stop.since):
            if stop.since < until and (stop.until is None or stop.until > start):
                if start < stop.since:
                    yield Stretch(start, stop.since)
                start = until if stop.until is None else stop.until
        if start < until:
            yield Stretch(start, until)


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """In order, and as one where they meet or overlap."""
    held: Stretch | None = None
    for each in sorted(stretches):
        if held is None:
            held = each
        elif each.since <= held.until:
            held = Stretch(held.since, max(held.until, each.until))
        else:
            yield held
            held = each
    if held is not None:
        yield held
