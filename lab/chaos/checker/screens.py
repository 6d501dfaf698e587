"""Screens: nothing is missed without a word, nothing comes twice, and soon all is shown again."""

from collections import defaultdict
from collections.abc import Sequence

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import ACCEPTED, OK, Event, Faulted, Heard, Listened, Sent, Wrote

# How long after a fault a screen may take to show what was acknowledged before its end: live comes
# back and pages dial again within three seconds; the rest is for a machine that others use too.
SHOWN_SECONDS = 15.0
NEWS = ("changes", "snapshot")


def told_in_order(history: Sequence[Event]) -> Verdict:
    """No number comes twice or backwards within an epoch, and a gap is said: «reset»."""
    screens: dict[str, _Stream] = {}
    for event in history:
        if isinstance(event, Heard | Listened):
            screens.setdefault(event.screen, _Stream(event.screen)).take(event)
    wrong = [word for screen in screens.values() for word in screen.wrong]
    counted = sum(screen.news for screen in screens.values())
    return verdict(
        "Screens hear everything in order, or of the gap",
        counted=counted,
        of="events on screens",
        wrong=wrong,
    )


class _Stream:
    """What one screen was told, from one connection to the next."""

    def __init__(self, screen: str) -> None:
        self.wrong: list[str] = []
        self.news = 0
        self._screen = screen
        self._last = ""
        # Whether a snapshot may come: at the very first, and after a reset.
        self._may_begin_anew = True

    def take(self, event: Heard | Listened) -> None:
        if isinstance(event, Listened):
            self._may_begin_anew = not event.after
        elif event.event == "reset":
            self._may_begin_anew = True
        elif event.event in NEWS:
            self.news += 1
            self._take_news(event)

    def _take_news(self, event: Heard) -> None:
        if event.event == "snapshot":
            if not self._may_begin_anew:
                self.wrong.append(
                    f"{self._screen} missed what came after {self._last}, and was not told so"
                )
            self._may_begin_anew = False
        elif self._last and not _follows(event.position, self._last):
            self.wrong.append(f"{self._screen} heard {event.position} after {self._last}")
        self._last = event.position or self._last


def shown(history: Sequence[Event]) -> Verdict:
    """Some seconds after a fault each screen shows all that was acknowledged by its end."""
    known, screens = _known(history), _screens(history)
    wrong, counted = [], 0
    for fault in of_kind(history, Faulted):
        late = fault.ended + SHOWN_SECONDS
        for (screen, thing), seen in screens.items():
            due = max((n for at, n in known[thing] if at <= fault.ended), default=None)
            if due is None:
                continue
            counted += 1
            if not any(at <= late and number >= due for at, number in seen):
                wrong.append(f"{screen} did not show {thing} {due} after {fault.name}")
    return verdict(
        "Screens are up to date 15 s after a fault",
        counted=counted,
        of="looks after a fault",
        wrong=wrong,
    )


def _known(history: Sequence[Event]) -> dict[str, list[tuple[float, int]]]:
    """What was acknowledged of each thing that screens show, and when."""
    known: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for event in history:
        if isinstance(event, Sent) and event.status == ACCEPTED and event.kind == "readings":
            known[event.line].append((event.ended, event.first))
        elif isinstance(event, Wrote) and event.status == OK:
            known[event.thing].append((event.ended, event.version))
    return known


def _screens(history: Sequence[Event]) -> dict[tuple[str, str], list[tuple[float, int]]]:
    """What each screen showed of each thing, and when."""
    screens: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for heard in of_kind(history, Heard):
        for thing, number in heard.shows.items():
            screens[heard.screen, thing].append((heard.at, number))
    return screens


def _follows(position: str, last: str) -> bool:
    """Whether it is a later number of the same epoch; another epoch is told by a reset."""
    (epoch, _, offset), (epoch_before, _, offset_before) = (
        each.rpartition("-") for each in (position, last)
    )
    return epoch == epoch_before and int(offset or 0) > int(offset_before)
