"""The judge: a pure function from what was seen to what holds."""

from collections.abc import Callable, Sequence

from lab.chaos.checker import beside, calls, items, screens, sessions, versions
from lab.chaos.checker.verdicts import Verdict
from lab.chaos.history import Event

Judge = Callable[[Sequence[Event]], Verdict]

JUDGES: tuple[Judge, ...] = (
    items.readings,
    items.output,
    items.scores,
    versions.judge,
    sessions.kept,
    sessions.passwords,
    sessions.ended,
    calls.judge,
    screens.told_in_order,
    screens.shown,
)


def check(history: Sequence[Event]) -> list[Verdict]:
    """A verdict on each promise; one of which nothing was counted does not hold."""
    return [*(judge(history) for judge in JUDGES), *beside.judged(history)]


__all__ = ["Judge", "Verdict", "check"]
